#include "settings_watch.h"

#include <algorithm>
#include <utility>

namespace gatehouse::mediamtx {
namespace {

constexpr int kTries = 3;

// Whether MediaMTX says a setting again in the form in which we write it. Durations and lists it does not; they are
// watched like what we do not write.
bool comes_back_alike(const std::string& key, const std::string& json) {
    return json.front() != '[' && json.front() != '{' && !key.ends_with("Timeout") && !key.ends_with("Duration");
}

RawSettings written_settings(const EngineConfig& config) {
    RawSettings out;
    for (auto& [key, json] : global_settings(config))
        if (comes_back_alike(key, json)) out.emplace(std::move(key), std::move(json));
    return out;
}

}  // namespace

void SettingsWatch::met() { *this = {}; }

const SettingsWatch::Difference& SettingsWatch::look(const EngineConfig& wanted, const RawSettings& global,
                                                     const ConfiguredPaths& paths) {
    seen_ = global;
    Difference& out = last_;
    out = {};
    const RawSettings written = written_settings(wanted);
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

bool SettingsWatch::note_repair() {
    if (last_.empty()) return false;
    repairs_ = last_.settings == repaired_ ? repairs_ + 1 : 1;
    repaired_ = last_.settings;
    if (repairs_ <= kTries) return false;
    for (const auto& name : last_.settings) accepted_[name] = seen_[name];
    path_others_ = 0;
    repairs_ = 0;
    return true;
}

}  // namespace gatehouse::mediamtx
