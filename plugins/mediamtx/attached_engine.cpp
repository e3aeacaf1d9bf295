#include "attached_engine.h"

#include <Poco/URI.h>
#include <gatehouse/error.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "engine_version.h"
#include "path_name.h"

namespace gatehouse::mediamtx {
namespace {

using namespace std::chrono_literals;

constexpr auto kRetryRefused = 30s;

std::string read_authorization(const std::string& path) {
    if (path.empty()) return {};
    std::ifstream in(path);
    std::string line;
    if (!std::getline(in, line) || line.size() > 512 || line.find(':') == std::string::npos)
        throw Error(ErrorCode::kInvalidArgument,
                    "attached_credentials_file " + path + " must hold one line, user:password");
    return basic_authorization(line);
}

}  // namespace

AttachedEngine::AttachedEngine(const Settings& settings, Parts parts) : parts_(std::move(parts)) {
    const Poco::URI api(settings.attached_api_url), hls(settings.attached_hls_url);
    place_ = {api.getHost(), api.getPort(), read_authorization(settings.attached_credentials_file)};
    origin_ = {hls.getHost(), hls.getPort(), {}};
}

void AttachedEngine::want(const WantedPaths& wanted, MonotonicTime) {
    wanted_ = wanted;
    std::erase_if(refused_, [this](const auto& r) { return !wanted_.contains(r.first); });
}

// Nothing here is due by time: the controller compares first and calls repair().
MonotonicTime AttachedEngine::tick(MonotonicTime now, bool& applied) {
    applied = false;
    return now + 1h;
}

bool AttachedEngine::may_try(const std::string& name, MonotonicTime now) const {
    const auto wanted = wanted_.find(name);
    const auto waits = [&](const auto& map) {
        const auto it = map.find(name);
        if (it == map.end() || now >= it->second.retry_at) return false;
        return wanted == wanted_.end() || wanted->second.config == it->second.config;
    };
    return !waits(refused_) && !waits(given_);
}

void AttachedEngine::note_given(const std::string& name, const PathConfig& config) {
    refused_.erase(name);
    auto& given = given_[name];
    if (!(given.config == config)) given = {config, {std::chrono::seconds(3), std::chrono::minutes(5)}, {}};
    given.retry_at = parts_.now() + given.back_off.next(parts_.random());
}

std::string AttachedEngine::write(const std::string& name, const PathConfig& config, bool exists) {
    ++writes_;
    std::string text = parts_.api.replace(name, config);
    if (text.empty() || !exists) return text;
    // A path that was poisoned by somebody's PATCH may be in its own way.
    const std::string removal = parts_.api.remove(name);
    return removal.empty() ? parts_.api.replace(name, config) : removal;
}

void AttachedEngine::note_refusal(const std::string& name, const std::string& text) {
    auto& refused = refused_[name];
    if (refused.text != text) parts_.logger.warning("MediaMTX refuses path " + name + ": " + text);
    const auto wanted = wanted_.find(name);
    refused = {wanted == wanted_.end() ? PathConfig{} : wanted->second.config, text, parts_.now() + kRetryRefused};
}

bool AttachedEngine::repair(const PathPlan& plan, const ConfiguredPaths& actual, MonotonicTime now) {
    std::size_t tried = 0, failed = 0;
    std::erase_if(given_, [&plan](const auto& g) {
        return !std::binary_search(plan.replace.begin(), plan.replace.end(), g.first);
    });
    for (const auto& name : plan.remove) {
        if (parts_.interrupted()) return tried > failed;
        if (!may_try(name, now)) continue;
        ++tried;
        ++writes_;
        if (const auto text = parts_.api.remove(name); !text.empty()) {
            ++failed;
            note_refusal(name, text);
        } else {
            refused_.erase(name);
        }
    }
    for (const auto& name : plan.replace) {
        if (parts_.interrupted()) return tried > failed;
        const auto wanted = wanted_.find(name);
        if (wanted == wanted_.end() || !may_try(name, now)) continue;
        ++tried;
        if (const auto text = write(name, wanted->second.config, actual.contains(name)); !text.empty()) {
            ++failed;
            note_refusal(name, text);
        } else {
            note_given(name, wanted->second.config);
        }
    }
    if (failed > 0 && failed == tried) cure(now);
    if (failed < tried) poisoned_ = false;
    return tried > failed;
}

void AttachedEngine::cure(MonotonicTime now) {
    if (now < cure_at_) return;
    cure_at_ = now + cure_back_off_.next(parts_.random());
    std::size_t refused = 0, tried = 0;
    for (const auto& [name, path] : wanted_) {
        if (refused_.contains(name)) continue;
        if (parts_.interrupted()) return;
        ++tried;
        ++writes_;
        if (!parts_.api.replace(name, path.config).empty()) ++refused;
        if (refused == 0) break;  // it takes changes: what it refuses is that path's own fault
    }
    // Whoever refuses what he took before refuses everything: the poisoned path is not ours.
    poisoned_ = tried > 0 ? refused == tried : refused_.size() > 1;
    if (poisoned_) parts_.logger.error(facts().trouble);
    for (auto& [name, r] : refused_)
        if (!poisoned_) r.retry_at = now;
}

void AttachedEngine::agreed() {
    poisoned_ = false;
    refused_.clear();
    given_.clear();
    cure_back_off_.reset();
}

void AttachedEngine::met(const std::optional<EngineInfo>& info) {
    const auto version = info ? parse_version(info->version) : std::nullopt;
    has_secret_ = version && capabilities_of(version).cdn_secret;
    refused_.clear();
    given_.clear();
    poisoned_ = false;
    secret_trouble_.clear();
    look_at(parts_.api.global());
}

// Its owner may change these while it runs.
void AttachedEngine::inspect(ApiClient& api, const ConfiguredPaths&, PathPlan&) { look_at(api.global()); }

void AttachedEngine::look_at(const GlobalConfig& global) {
    origin_.authorization = global.cdn_secret.empty() ? std::string() : "Bearer " + global.cdn_secret;
    std::string trouble;
    if (!global.hls)
        trouble = "the MediaMTX it is attached to has HLS switched off: set hls: yes in its configuration";
    else if (global.cdn_secret.empty() && has_secret_)
        trouble = "the MediaMTX it is attached to has no hlsCDNSecret (1.18.1 and newer): set one in its configuration";
    else if (global.hls_variant == "lowLatency")
        trouble = "the MediaMTX it is attached to makes low-latency HLS: hlsVariant: fmp4 costs viewers less";
    if (!trouble.empty() && trouble != secret_trouble_) parts_.logger.warning(trouble);
    secret_trouble_ = std::move(trouble);
}

EngineKeeper::Facts AttachedEngine::facts() const {
    Facts facts;
    facts.writes = writes_;
    if (poisoned_)
        facts.trouble = "MediaMTX refuses every change (" +
                        (refused_.empty() ? std::string() : refused_.begin()->second.text) +
                        "): somebody's refused PATCH has poisoned its configuration; restart MediaMTX";
    else if (!refused_.empty())
        facts.trouble =
            "MediaMTX refuses " + std::to_string(refused_.size()) + " paths: " + refused_.begin()->second.text;
    else
        facts.trouble = secret_trouble_;
    return facts;
}

}  // namespace gatehouse::mediamtx
