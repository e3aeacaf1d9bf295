#include "api/contract/camera_answers.h"

#include "api/contract/json_fields.h"
#include "catalogue/validation.h"

namespace gatehouse::api::contract {

namespace {

std::optional<std::string> area_name(const CameraView& view) {
    return view.area ? std::optional(view.area->name) : std::nullopt;
}

void put_common(JsonObject out, const Camera& camera) {
    out->set("id", json_int(camera.id));
    out->set("name", camera.name);
    out->set("description", json_text(camera.description));
    out->set("location", json_text(camera.location));
    out->set("group_name", json_text(camera.group_name));
    out->set("area_id", json_optional(camera.area_id));
    out->set("is_tunnel", json_flag(camera.is_tunnel));
    out->set("latitude", json_optional(camera.latitude));
    out->set("longitude", json_optional(camera.longitude));
    out->set("status", camera.status);
}

void put_thumbnail(JsonObject out, const CameraAttributes& attributes) {
    out->set("thumbnail_path", json_optional(attributes.thumbnail_path));
    out->set("thumbnail_updated_at", json_optional(attributes.thumbnail_updated_at));
}

void put_source(JsonObject out, const char* prefix, const std::optional<StreamSource>& source) {
    const std::string start(prefix);
    out->set(start + "has_user", source && !source->user.empty());
    out->set(start + "has_password", source && source->has_password);
}

}  // namespace

std::string state_text(const CameraView& view) {
    if (!view.camera.enabled) return "disabled";
    switch (view.live.state) {
        case CameraLive::State::kLive:
            return "live";
        case CameraLive::State::kConnecting:
            return "connecting";
        case CameraLive::State::kOffline:
            return "offline";
        case CameraLive::State::kUnknown:
            break;
    }
    return "unknown";
}

JsonObject active_camera(const CameraView& view) {
    auto out = json_object();
    put_common(out, view.camera);
    out->set("enable_recording", json_flag(view.attributes.enable_recording));
    out->set("video_codec", view.camera.video_codec);
    out->set("stream_key", view.camera.stream_key);
    put_thumbnail(out, view.attributes);
    out->set("area_name", json_optional(area_name(view)));
    return out;
}

JsonObject streams(const StreamUrls& urls) {
    auto out = json_object();
    out->set("hls", json_optional(urls.hls));
    out->set("webrtc", json_optional(urls.webrtc));
    return out;
}

JsonObject stream_camera(const CameraView& view) {
    auto out = json_object();
    put_common(out, view.camera);
    out->set("is_online", json_flag(view.is_online()));
    out->set("last_online_check", json_optional(view.attributes.last_online_check));
    out->set("stream_key", view.camera.stream_key);
    out->set("video_codec", view.camera.video_codec);
    put_thumbnail(out, view.attributes);
    out->set("area_name", json_optional(area_name(view)));
    const Area nowhere;
    const Area& area = view.area ? *view.area : nowhere;
    out->set("rt", json_text(area.rt));
    out->set("rw", json_text(area.rw));
    out->set("kelurahan", json_text(area.kelurahan));
    out->set("kecamatan", json_text(area.kecamatan));
    out->set("streams", streams(view.streams));
    return out;
}

JsonObject single_stream_camera(const CameraView& view) {
    auto out = json_object();
    put_common(out, view.camera);
    out->set("is_online", json_flag(view.is_online()));
    out->set("stream_key", view.camera.stream_key);
    out->set("video_codec", view.camera.video_codec);
    put_thumbnail(out, view.attributes);
    out->set("area_name", json_optional(area_name(view)));
    return out;
}

JsonObject live_camera(const CameraView& view) {
    auto out = json_object();
    const CameraLive& live = view.live;
    out->set("id", json_int(view.camera.id));
    out->set("state", state_text(view));
    out->set("since", live.since.us > 0 && view.camera.enabled ? json_text(to_iso8601(live.since)) : json_null());
    out->set("cause", json_text(live.cause));
    out->set("video_codec", json_text(live.video_codec));
    out->set("audio_codec", json_text(live.audio_codec));
    out->set("width", live.width > 0 ? Poco::Dynamic::Var(live.width) : json_null());
    out->set("height", live.height > 0 ? Poco::Dynamic::Var(live.height) : json_null());
    out->set("has_sub", view.camera.sub.has_value());
    return out;
}

JsonObject admin_camera(const CameraView& view, const std::optional<std::string>& credentials_problem) {
    auto out = json_object();
    const Camera& camera = view.camera;
    put_common(out, camera);
    out->set("uuid", camera.uuid);
    out->set("enabled", json_flag(camera.enabled));
    out->set("visibility", std::string(catalogue::name(camera.visibility)));
    out->set("transport", std::string(catalogue::name(camera.transport)));
    out->set("private_rtsp_url", camera.main.url);
    put_source(out, "", camera.main);
    out->set("sub_rtsp_url", camera.sub ? json_text(camera.sub->url) : json_null());
    put_source(out, "sub_", camera.sub);
    out->set("credentials_problem", json_optional(credentials_problem));
    out->set("stream_key", camera.stream_key);
    out->set("video_codec", camera.video_codec);
    out->set("is_online", json_flag(view.is_online()));
    out->set("state", state_text(view));
    out->set("state_since", view.live.since.us > 0 ? json_text(to_iso8601(view.live.since)) : json_null());
    out->set("state_cause", json_text(view.live.cause));
    out->set("last_online_check", json_optional(view.attributes.last_online_check));
    out->set("enable_recording", json_flag(view.attributes.enable_recording));
    out->set("recording_duration_hours", view.attributes.recording_duration_hours);
    out->set("recording_status", view.attributes.recording_status);
    out->set("last_recording_start", json_optional(view.attributes.last_recording_start));
    put_thumbnail(out, view.attributes);
    out->set("created_at", json_time(camera.created_at));
    out->set("updated_at", json_time(camera.updated_at));
    out->set("area_name", json_optional(area_name(view)));
    return out;
}

}  // namespace gatehouse::api::contract
