// Cameras in the documented answers: field names in one place, with the defaults of what plugins fill.
//
// Flags are 0 or 1 as in the original system, whose clients compare with 1. Empty texts are null. Times are UTC,
// "YYYY-MM-DD HH:MM:SS". Pure.
#pragma once

#include <Poco/JSON/Object.h>

#include <optional>
#include <string>

#include <gatehouse/catalogue.h>

namespace gatehouse::api::contract {

// What plugins know of a camera; the defaults stand where the plugin is absent.
struct CameraAttributes {
    bool enable_recording = false;                    // recording
    int recording_duration_hours = 5;                 // recording
    std::string recording_status = "stopped";         // recording
    std::optional<std::string> last_recording_start;  // recording
    std::optional<std::string> thumbnail_path;        // camera-health: "/api/thumbnails/..."
    std::optional<std::string> thumbnail_updated_at;  // camera-health
    std::optional<std::string> last_online_check;     // camera-health
};

struct StreamUrls {
    std::optional<std::string> hls, webrtc;  // null where nobody serves it
};

// Everything an answer about one camera may show.
struct CameraView {
    const Camera& camera;
    const Area* area = nullptr;
    CameraLive live;
    StreamUrls streams;
    CameraAttributes attributes;

    // Evidence of media, never "is configured".
    bool is_online() const { return camera.enabled && live.state == CameraLive::State::kLive; }
};

using JsonObject = Poco::JSON::Object::Ptr;

// An element of GET /api/cameras/active.
JsonObject active_camera(const CameraView& view);
// An element of GET /api/stream, streams{hls,webrtc} included.
JsonObject stream_camera(const CameraView& view);
// The `camera` of GET /api/stream/{id}: without last_online_check and the area's parts.
JsonObject single_stream_camera(const CameraView& view);
JsonObject streams(const StreamUrls& urls);
// An element of GET /api/live.
JsonObject live_camera(const CameraView& view);
// For administrators: all but the credentials, of which it says only whether there are any. `credentials_problem` says
// why stored ones do not open; null where they do.
JsonObject admin_camera(const CameraView& view, const std::optional<std::string>& credentials_problem);

// "live", "connecting", "offline", "disabled", "unknown"
std::string state_text(const CameraView& view);

}  // namespace gatehouse::api::contract
