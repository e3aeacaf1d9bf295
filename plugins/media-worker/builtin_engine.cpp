#include "builtin_engine.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "desired_streams.h"

namespace gatehouse::media_worker {
namespace {

constexpr std::string_view kSubSuffix = "/sub";

http::Body find_body(const MediaWindow& window, std::uint64_t run_id, std::uint64_t segment_number) {
    if (segment_number == 0) {
        const MediaRun* run = window.run(run_id);
        return run == nullptr ? http::Body() : run->init;
    }
    for (const auto& segment : window.segments)
        if (segment.number == segment_number) return segment.body;
    return {};
}

CameraLive::State state_of(media_protocol::StreamPhase phase) {
    switch (phase) {
        case media_protocol::StreamPhase::connecting:
            return CameraLive::State::kConnecting;
        case media_protocol::StreamPhase::live:
            return CameraLive::State::kLive;
        case media_protocol::StreamPhase::offline:
        case media_protocol::StreamPhase::unsupported:
            break;
    }
    return CameraLive::State::kOffline;
}

}  // namespace

CameraLive camera_live(const media_protocol::StreamState* main, const media_protocol::StreamState* sub) {
    CameraLive live;
    live.sub_live = sub != nullptr && sub->phase == media_protocol::StreamPhase::live;
    if (main == nullptr) return live;
    live.state = state_of(main->phase);
    live.since = UtcTime{main->since_us};
    live.cause = live.state == CameraLive::State::kLive ? std::string() : main->cause_text;
    live.video_codec = main->video_codec;
    live.audio_codec = main->audio_codec;
    live.width = static_cast<int>(std::min(main->width, std::uint32_t{65'535}));
    live.height = static_cast<int>(std::min(main->height, std::uint32_t{65'535}));
    return live;
}

std::shared_ptr<const MediaWindow> BuiltinEngine::window(const std::string& camera_uuid, StreamRole role) const {
    std::shared_lock lock(mutex_);
    const auto it = streams_.find(stream_id(camera_uuid, role));
    return it == streams_.end() ? nullptr : it->second.window;
}

Registration BuiltinEngine::on_change(std::function<void(const std::string&, StreamRole)> changed) {
    return listeners_.add(std::move(changed));
}

void BuiltinEngine::fetch(const std::string& camera_uuid, StreamRole role, std::uint64_t run_id,
                          std::uint64_t segment_number, std::function<void(http::Body, std::exception_ptr)> done) {
    http::Body body;
    if (const auto now = window(camera_uuid, role)) body = find_body(*now, run_id, segment_number);
    if (body.size() > 0) return done(std::move(body), nullptr);
    done({}, std::make_exception_ptr(Error(ErrorCode::kNotFound, "the segment has left the live window")));
}

std::shared_ptr<const media_protocol::StreamState> BuiltinEngine::state(const std::string& stream_id) const {
    std::shared_lock lock(mutex_);
    const auto it = streams_.find(stream_id);
    return it == streams_.end() ? nullptr : it->second.state;
}

CameraLive BuiltinEngine::live(const Camera& camera) const {
    const auto main = state(stream_id(camera.uuid, StreamRole::kMain));
    const auto sub = camera.sub ? state(stream_id(camera.uuid, StreamRole::kSub)) : nullptr;
    CameraLive live = camera_live(main.get(), sub.get());
    if (!main && camera.enabled) {
        live.state = CameraLive::State::kConnecting;
        live.cause = "waiting for the media worker";
    }
    return live;
}

void BuiltinEngine::set_window(const std::string& stream_id, std::shared_ptr<const MediaWindow> window) {
    {
        std::unique_lock lock(mutex_);
        auto& kept = streams_[stream_id].window;
        if (kept == window) return;
        kept.swap(window);
    }
    tell(stream_id);
}

void BuiltinEngine::set_state(const std::string& stream_id, std::shared_ptr<const media_protocol::StreamState> state) {
    std::unique_lock lock(mutex_);
    streams_[stream_id].state.swap(state);
}

void BuiltinEngine::remove(const std::string& stream_id) {
    {
        std::unique_lock lock(mutex_);
        if (streams_.erase(stream_id) == 0) return;
    }
    tell(stream_id);
}

void BuiltinEngine::tell(const std::string& stream_id) const {
    const auto slash = stream_id.rfind('/');
    const StreamRole role = stream_id.ends_with(kSubSuffix) ? StreamRole::kSub : StreamRole::kMain;
    listeners_.tell(stream_id.substr(0, slash), role);
}

}  // namespace gatehouse::media_worker
