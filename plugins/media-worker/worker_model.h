// The worker's facts, message by message, turned into the engine's state.
#pragma once

#include <gatehouse/clock.h>
#include <gatehouse/media_protocol/messages.h>
#include <gatehouse/unique_fd.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "builtin_engine.h"
#include "stream_window.h"

namespace gatehouse::media_worker {

// Used by the thread that reads the worker. Facts of streams nobody asked for are ignored, facts that make no sense are
// refused and counted; neither disturbs another stream.
class WorkerModel {
public:
    // `state_changed` is told a stream id whose phase has changed.
    WorkerModel(BuiltinEngine& engine, const Clock& clock, std::function<void(const std::string&)> state_changed);

    // Streams outside `ids` are forgotten.
    void want(std::set<std::string> ids);
    void connected(std::uint64_t boot_id);
    void disconnected();
    // Empty: applied or ignored. Else what was refused, for the log.
    std::optional<std::string> apply(const media_protocol::Message& message, UniqueFd fd);
    void tick();

    const std::vector<media_protocol::ShardStats>& shards() const noexcept { return shards_; }

private:
    struct Stream {
        StreamWindow window;
        std::optional<media_protocol::StreamPhase> phase;
    };
    using Refusal = std::optional<std::string>;

    Stream* find(const std::string& stream_id);
    void forget(const std::string& stream_id);
    Moment now() const { return {clock_.monotonic_now(), clock_.utc_now()}; }
    void show(const std::string& id, const Stream& stream) { engine_.set_window(id, stream.window.window()); }
    void on_state(const media_protocol::StreamState& state);

    BuiltinEngine& engine_;
    const Clock& clock_;
    std::function<void(const std::string&)> state_changed_;
    // The epoch of every window: within a boot of the worker the numbers of a stream only ever rise, also where it was
    // removed and came back.
    std::uint64_t boot_id_ = 0;
    std::set<std::string> wanted_;
    std::map<std::string, Stream> streams_;
    std::vector<media_protocol::ShardStats> shards_;
};

}  // namespace gatehouse::media_worker
