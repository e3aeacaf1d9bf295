#include "path_health.h"

namespace gatehouse::mediamtx {
namespace {

using State = CameraLive::State;

bool enter(PathHealth& health, State state, std::string cause, UtcTime utc) {
    health.cause = std::move(cause);
    if (health.state == state) return false;
    health.state = state;
    health.since = utc;
    return true;
}

// True where bytes came since the last look.
bool note_bytes(PathHealth& health, const PathItem& item, MonotonicTime now) {
    if (!item.available) {
        health.seen_available = false;
        return false;
    }
    const bool same =
        health.seen_available && health.available_time == item.available_time && item.bytes >= health.bytes;
    if (health.seen_available && !same) ++health.reconnects;
    // A new connection counts from 0, so what it has brought since is growth too, once it was seen.
    const bool grew = health.seen_available && item.bytes > (same ? health.bytes : 0);
    health.seen_available = true;
    health.bytes = item.bytes;
    health.available_time = item.available_time;
    if (grew) {
        health.grew_at = now;
        health.ever_grew = true;
    }
    return grew;
}

}  // namespace

bool look_at(PathHealth& health, const PathLook& look) {
    if (look.item == nullptr)
        return enter(health, State::kConnecting, "MediaMTX is being told of this camera", look.utc);
    const bool was_available = health.seen_available;
    const bool grew = note_bytes(health, *look.item, look.now);
    if (look.item->available) {
        health.width = look.item->width;
        health.height = look.item->height;
        health.video_track = look.item->video_track;
        health.audio_track = look.item->audio_track;
    }
    if (grew) return enter(health, State::kLive, {}, look.utc);
    if (look.item->available) {
        if (health.state == State::kLive && look.now - health.grew_at <= kStallTolerance) return false;
        if (!was_available) health.watched_since = look.now;
        if (look.now - health.watched_since <= kStallTolerance && health.state != State::kOffline)
            return enter(health, State::kConnecting, "waiting for the camera's first picture", look.utc);
        return enter(health, State::kOffline, "the camera answers but sends no pictures", look.utc);
    }
    if (look.on_demand) return enter(health, State::kUnknown, {}, look.utc);
    if (health.state == State::kLive && look.cause.empty() && health.renewed_at != MonotonicTime{} &&
        look.now - health.renewed_at <= kConnectPatience)
        return false;
    if (health.state != State::kOffline && health.state != State::kLive && look.cause.empty() &&
        look.now - health.watched_since <= kConnectPatience)
        return enter(health, State::kConnecting, "MediaMTX is connecting the camera", look.utc);
    return enter(health, State::kOffline, look.cause.empty() ? "MediaMTX gets no picture from the camera" : look.cause,
                 look.utc);
}

bool lose_sight(PathHealth& health, State state, const std::string& cause, UtcTime utc) {
    health.seen_available = false;
    return enter(health, state, cause, utc);
}

}  // namespace gatehouse::mediamtx
