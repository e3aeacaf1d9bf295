#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "gateway_link.h"
#include "replay.h"
#include "shard_pool.h"
#include "stream_record.h"

namespace gatehouse::mediad {

struct SupervisorOptions {
    std::string socket_path;  ///< listen here, or ...
    int connected_fd = -1;    ///< ... speak over this inherited socket
    std::size_t streams_per_shard = 16;
};

/// The main process: owns no pipeline, only what the gateway may ask for again (states, init sections, the live
/// windows' descriptors and index), so that neither a crash of a shard nor a restart of the gateway loses what was
/// made.
class Supervisor final : private ShardPool::Listener, private GatewayLink::Listener {
public:
    /// Throws std::system_error when the socket cannot be had.
    explicit Supervisor(const SupervisorOptions& options);
    ~Supervisor() override;
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    /// Runs until SIGTERM, SIGINT, or the end of an inherited connection. Returns the exit code.
    int run();

private:
    using Clock = std::chrono::steady_clock;

    bool handle_signals();
    void tell_watchdog(Clock::time_point now);
    void tell_stats(Clock::time_point now);
    /// For what happens to a stream; says nothing before its turn in the replay.
    StreamRecord::Emit to_gateway(const std::string& stream_id);
    void go_on_with_replay();

    void shard_said(media_protocol::Message message, UniqueFd fd) override;
    void stream_interrupted(const std::string& stream_id) override;

    void gateway_greeted(const std::string& name) override;
    void wanted(media_protocol::UpsertStream stream) override;
    void unwanted(const std::string& stream_id) override;
    std::set<std::string> known_streams() const override;

    UniqueFd signals_;
    const std::uint64_t boot_id_;
    StreamRecords records_;
    Replay replay_;
    ShardPool shards_;
    std::unique_ptr<GatewayLink> gateway_;
    Clock::time_point next_stats_;
    Clock::time_point next_watchdog_;
    media_protocol::WorkerStats last_stats_;
};

}  // namespace gatehouse::mediad
