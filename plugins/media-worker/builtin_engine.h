// The built-in engine: the worker's live windows as a MediaEngine, and what is known of each camera.
#pragma once

#include <gatehouse/listeners.h>
#include <gatehouse/media_engine.h>
#include <gatehouse/media_protocol/messages.h>

#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>

namespace gatehouse::media_worker {

// Thread-safe. Written by the thread that reads the worker, read by everybody.
class BuiltinEngine final : public MediaEngine {
public:
    std::string engine() const override { return "builtin"; }
    std::shared_ptr<const MediaWindow> window(const std::string& camera_uuid, StreamRole role) const override;
    void demand(const std::string&, StreamRole) override {}  // every stream is pulled all the time
    Registration on_change(std::function<void(const std::string&, StreamRole)> changed) override;
    void fetch(const std::string& camera_uuid, StreamRole role, std::uint64_t run_id, std::uint64_t segment_number,
               std::function<void(http::Body, std::exception_ptr)> done) override;

    // For Catalogue::provide_live.
    CameraLive live(const Camera& camera) const;

    void set_window(const std::string& stream_id, std::shared_ptr<const MediaWindow> window);
    // Null state: the worker is not there, or has not said anything of the stream yet.
    void set_state(const std::string& stream_id, std::shared_ptr<const media_protocol::StreamState> state);
    void remove(const std::string& stream_id);

private:
    struct Stream {
        std::shared_ptr<const MediaWindow> window;
        std::shared_ptr<const media_protocol::StreamState> state;
    };
    void tell(const std::string& stream_id) const;
    std::shared_ptr<const media_protocol::StreamState> state(const std::string& stream_id) const;

    mutable std::shared_mutex mutex_;
    std::unordered_map<std::string, Stream> streams_;
    Listeners<const std::string&, StreamRole> listeners_;
};

// Pure: what a camera's streams say. Null: nothing known (yet).
CameraLive camera_live(const media_protocol::StreamState* main, const media_protocol::StreamState* sub);

}  // namespace gatehouse::media_worker
