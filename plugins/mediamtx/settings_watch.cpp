#include "settings_watch.h"

#include <algorithm>
#include <map>

namespace gatehouse::mediamtx {
namespace {

constexpr int kTries = 3;

std::string text(const std::string& value) { return "\"" + value + "\""; }

// What render() writes and MediaMTX says again in the same form. Durations and lists come back in another one; they are
// watched like what we do not write.
std::map<std::string, std::string> written_settings(const EngineConfig& c) {
    std::map<std::string, std::string> out{{"authMethod", text("http")},
                                           {"authHTTPAddress", text(c.hook_url)},
                                           {"api", "true"},
                                           {"apiAddress", text(c.api_address)},
                                           {"metrics", "false"},
                                           {"pprof", "false"},
                                           {"playback", "false"},
                                           {"rtmp", "false"},
                                           {"srt", "false"},
                                           {"webrtc", "false"},
                                           {"rtsp", "true"},
                                           {"hls", "true"},
                                           {"rtspAddress", text(c.rtsp_address)},
                                           {"hlsAddress", text(c.hls_address)},
                                           {"hlsVariant", text(c.hls_variant)},
                                           {"hlsSegmentCount", std::to_string(c.hls_segments)},
                                           {"hlsAlwaysRemux", "false"},
                                           {"writeQueueSize", std::to_string(c.write_queue)},
                                           {"logLevel", text("info")}};
    if (c.capabilities.moq) out.emplace("moq", "false");
    if (c.capabilities.cdn_secret) out.emplace("hlsCDNSecret", text(c.cdn_secret));
    return out;
}

}  // namespace

void SettingsWatch::met() { *this = {}; }

SettingsWatch::Difference SettingsWatch::look(const EngineConfig& wanted, const RawSettings& global,
                                              const ConfiguredPaths& paths) {
    Difference out;
    seen_ = global;
    const auto written = written_settings(wanted);
    RawSettings others;
    for (const auto& [key, value] : global) {
        const auto ours = written.find(key);
        const auto accepted = accepted_.find(key);
        if (accepted != accepted_.end() && accepted->second == value) continue;
        if (ours == written.end())
            others.emplace(key, value);
        else if (ours->second != value)
            out.settings.push_back(key);
    }
    for (const auto& [key, value] : others) {
        const auto before = others_.find(key);
        if (known_ && (before == others_.end() || before->second != value)) out.settings.push_back(key);
    }
    std::sort(out.settings.begin(), out.settings.end());
    if (!known_) others_ = std::move(others);
    known_ = true;
    for (const auto& [name, path] : paths) {
        if (!wanted.paths.contains(name)) continue;
        if (path_others_ == 0) path_others_ = path.others;
        if (path.others != path_others_) out.paths.push_back(name);
    }
    if (out.empty()) repairs_ = 0;
    return out;
}

bool SettingsWatch::note_repair(const Difference& difference) {
    repairs_ = difference.settings == last_ ? repairs_ + 1 : 1;
    last_ = difference.settings;
    if (repairs_ <= kTries) return false;
    for (const auto& name : difference.settings) accepted_[name] = seen_[name];
    path_others_ = 0;
    repairs_ = 0;
    return true;
}

}  // namespace gatehouse::mediamtx
