#include "live_table.h"

#include <utility>

#include "path_name.h"

namespace gatehouse::mediamtx {
namespace {

// MediaMTX names profile and level in words and not always; browsers are asked about whole names (RFC 6381), so each
// family gets one that whoever plays the family plays. hls-proxy takes the exact ones from the init section.
std::string codec_name(const std::string& track) {
    if (track == "H264") return "avc1.4D401F";       // Main, level 3.1
    if (track == "H265") return "hvc1.1.6.L120.B0";  // Main, level 4
    if (track == "AV1") return "av01.0.08M.08";
    if (track == "VP9") return "vp09.00.40.08";
    if (track == "MPEG-4 Audio") return "mp4a.40.2";
    if (track == "Opus") return "opus";
    return {};
}

}  // namespace

void LiveTable::want(const DesiredPaths& wanted, MonotonicTime now, UtcTime utc) {
    std::lock_guard lock(mutex_);
    std::map<std::string, Entry> next;
    for (const auto& [name, path] : wanted.paths) {
        const auto old = entries_.find(name);
        Entry entry{path, {}};
        if (old != entries_.end()) {
            entry.health = std::move(old->second.health);
            const PathConfig& before = old->second.path.config;
            if (!(before == path.config)) entry.health.watched_since = now;
            if (before.on_demand != path.config.on_demand && before.source == path.config.source)
                entry.health.renewed_at = now;
        } else {
            entry.health.watched_since = now;
            entry.health.since = utc;
        }
        next.emplace(name, std::move(entry));
    }
    entries_ = std::move(next);
    refused_ = wanted.refused;
}

std::vector<std::int64_t> LiveTable::look(const PathItems& items,
                                          const std::function<std::string(const std::string&)>& cause,
                                          MonotonicTime now, UtcTime utc) {
    std::vector<std::int64_t> changed;
    std::lock_guard lock(mutex_);
    for (auto& [name, entry] : entries_) {
        const auto item = items.find(name);
        PathLook look{nullptr, !entry.path.pull_always, {}, now, utc};
        if (item != items.end()) {
            look.item = &item->second;
            if (!item->second.available) look.cause = cause(name);
        }
        if (look_at(entry.health, look) && entry.path.role == StreamRole::kMain)
            changed.push_back(entry.path.camera_id);
    }
    return changed;
}

std::vector<std::int64_t> LiveTable::lose_sight(CameraLive::State state, const std::string& cause, UtcTime utc) {
    std::vector<std::int64_t> changed;
    std::lock_guard lock(mutex_);
    for (auto& [name, entry] : entries_)
        if (mediamtx::lose_sight(entry.health, state, cause, utc) && entry.path.role == StreamRole::kMain)
            changed.push_back(entry.path.camera_id);
    return changed;
}

CameraLive LiveTable::live(const Camera& camera) const {
    CameraLive out;
    const std::string main = path_name(prefix_, camera.uuid, StreamRole::kMain);
    std::lock_guard lock(mutex_);
    if (const auto refused = refused_.find(main); refused != refused_.end()) {
        out.state = CameraLive::State::kOffline;
        out.cause = refused->second;
        return out;
    }
    if (const auto it = entries_.find(main); it != entries_.end()) {
        const PathHealth& health = it->second.health;
        out.state = health.state;
        out.since = health.since;
        out.cause = health.cause;
        // What an idle camera sent last may be out of date, and a page does not ask for what its browser cannot play.
        if (health.state != CameraLive::State::kUnknown) {
            out.video_codec = codec_name(health.video_track);
            out.audio_codec = codec_name(health.audio_track);
            out.width = health.width;
            out.height = health.height;
        }
    } else if (camera.enabled) {
        out.state = CameraLive::State::kConnecting;
        out.cause = "MediaMTX is being told of this camera";
    }
    if (camera.sub) {
        const auto sub = entries_.find(path_name(prefix_, camera.uuid, StreamRole::kSub));
        out.sub_live = sub != entries_.end() && sub->second.health.state == CameraLive::State::kLive;
    }
    return out;
}

bool LiveTable::is_live(const std::string& path) const {
    std::lock_guard lock(mutex_);
    const auto it = entries_.find(path);
    return it != entries_.end() && it->second.health.state == CameraLive::State::kLive;
}

std::vector<std::pair<std::string, bool>> LiveTable::pulled_always() const {
    std::vector<std::pair<std::string, bool>> out;
    std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : entries_)
        if (entry.path.pull_always) out.emplace_back(name, entry.health.state == CameraLive::State::kLive);
    return out;
}

std::vector<LiveTable::PathState> LiveTable::states() const {
    std::vector<PathState> out;
    std::lock_guard lock(mutex_);
    for (const auto& [name, entry] : entries_) out.push_back({name, entry.health.state, entry.health.cause});
    return out;
}

LiveTable::Counts LiveTable::counts() const {
    Counts counts;
    std::lock_guard lock(mutex_);
    counts.paths = entries_.size();
    for (const auto& [name, entry] : entries_) {
        counts.live += entry.health.state == CameraLive::State::kLive;
        counts.offline += entry.health.state == CameraLive::State::kOffline;
        counts.reconnects += entry.health.reconnects;
    }
    return counts;
}

}  // namespace gatehouse::mediamtx
