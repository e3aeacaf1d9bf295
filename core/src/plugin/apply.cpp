// From one set of plugins to the next: the first start and every reload.
#include <algorithm>

#include "config/configuration.h"
#include "plugin/supervisor.h"

namespace gatehouse::plugin {

namespace {
constexpr int kRetryAfterSeconds = 5;
}

PreparedPlugins PluginHost::Supervisor::prepare(const std::vector<PluginWish>& wishes, ConfigIssues& issues) {
    PreparedPlugins prepared{loader_.prepare(wishes, issues)};
    has_hung_.store(loader_.has_hung());
    for (const auto& candidate : prepared.candidates) {
        if (candidate.library && doors_.on_loaded) doors_.on_loaded(candidate.wish.name);
        // At a reload something good is running; a plugin that cannot even be configured must not replace it.
        const Slot* running = find(candidate.wish.name);
        if (!candidate.failed.empty() && running != nullptr && running->status == PluginStatus::kRunning)
            issues.add(candidate.wish.node.location(), "plugin " + candidate.wish.name + ": " + candidate.failed);
        // Nor may a name that was mistyped end the plugin that was meant.
        if (!candidate.refused.empty() && !candidate.quarantined && running == nullptr && ready_)
            issues.add(candidate.wish.node.location(), "plugin " + candidate.wish.name + ": " + candidate.refused);
    }
    return prepared;
}

std::vector<std::string> PluginHost::Supervisor::apply(PreparedPlugins prepared) {
    std::vector<std::string> done, names;
    for (const auto& candidate : prepared.candidates) names.push_back(candidate.wish.name);
    remove_unwished(prepared.candidates, done);
    for (auto& candidate : prepared.candidates) apply_one(std::move(candidate), done);
    put_in_order(names);
    say_not_enabled();
    bring_up();
    for (const auto& slot : slots_)
        if (slot->library && !slot->library->is_what_lies_there())
            done.push_back("plugin " + slot->wish.name +
                           " has a new file, which is loaded when the service is started again");
    for (const auto& slot : slots_)
        if (slot->status != PluginStatus::kRunning) {
            check_critical(*slot);
            done.push_back("plugin " + slot->wish.name + " is " + std::string(name(slot->status)) + ": " +
                           slot->reason);
        }
    return done;
}

bool PluginHost::Supervisor::release(const std::string& plugin) {
    const bool released = quarantine_.release(plugin);
    if (released) logger_.notice("plugin " + plugin + " is let out of quarantine");
    return released;
}

void PluginHost::Supervisor::remove_unwished(const std::vector<Candidate>& wanted, std::vector<std::string>& done) {
    for (auto at = slots_.begin(); at != slots_.end();) {
        Slot& slot = **at;
        const bool stays = std::any_of(wanted.begin(), wanted.end(),
                                       [&](const Candidate& other) { return other.wish.name == slot.wish.name; });
        if (stays) {
            ++at;
            continue;
        }
        take_down(slot, "it is not enabled any more");
        done.push_back("plugin " + slot.wish.name + " is stopped: it is not enabled any more");
        logger_.information(done.back());
        at = slots_.erase(at);
    }
}

void PluginHost::Supervisor::apply_one(Candidate candidate, std::vector<std::string>& done) {
    const std::string plugin = candidate.wish.name;
    Slot* slot = find(plugin);
    if (slot == nullptr) {
        slots_.push_back(std::make_unique<Slot>());
        adopt(*slots_.back(), std::move(candidate));
        return;
    }
    slot->wish.critical = candidate.wish.critical;
    if (slot->status == PluginStatus::kHung) return;
    if (slot->status != PluginStatus::kRunning) {
        adopt(*slot, std::move(candidate));
        return;
    }
    const bool same = config::same_values(slot->wish.node, candidate.wish.node);
    slot->wish.node = candidate.wish.node;
    if (same) return;
    const auto reloaded = slot->instance->reload(candidate.wish.node, options_.start_deadline);
    if (!reloaded.failure && reloaded.result == ReloadResult::kApplied) {
        done.push_back("plugin " + plugin + " has taken its new configuration");
        logger_.information(done.back());
        return;
    }
    done.push_back("plugin " + plugin + " is restarted with its new configuration");
    logger_.information(done.back() + (reloaded.failure ? " (" + *reloaded.failure + ')' : std::string()));
    take_down(*slot, "its configuration changed");
    if (slot->status == PluginStatus::kHung) return;
    adopt(*slot, std::move(candidate));
}

void PluginHost::Supervisor::adopt(Slot& slot, Candidate candidate) {
    slot.wish = std::move(candidate.wish);
    slot.library = std::move(candidate.library);
    slot.instance = std::move(candidate.instance);
    slot.failures_in_a_row = 0;
    slot.since = doors_.clock.utc_now();
    place_holders(slot);
    if (candidate.quarantined || !candidate.refused.empty()) {
        set_status(slot, candidate.quarantined ? PluginStatus::kQuarantined : PluginStatus::kRefused,
                   candidate.refused);
        logger_.error("plugin " + slot.wish.name + " is " + std::string(name(slot.status)) + ": " + slot.reason);
    } else if (!candidate.failed.empty()) {
        if (candidate.hung)
            set_status(slot, PluginStatus::kHung, candidate.failed);
        else
            mark_failed(slot, candidate.failed);
    } else {
        set_status(slot, PluginStatus::kWaiting, "");
    }
}

void PluginHost::Supervisor::put_in_order(const std::vector<std::string>& names) {
    std::stable_sort(slots_.begin(), slots_.end(), [&](const auto& a, const auto& b) {
        return std::find(names.begin(), names.end(), a->wish.name) <
               std::find(names.begin(), names.end(), b->wish.name);
    });
}

void PluginHost::Supervisor::place_holders(Slot& slot) {
    if (!slot.placeholders.empty()) return;
    std::vector<std::string> prefixes;
    if (slot.library)
        prefixes = slot.library->descriptor().route_prefixes;
    else if (const auto known = options_.known_prefixes.find(slot.wish.name); known != options_.known_prefixes.end())
        prefixes = known->second;
    for (const auto& prefix : prefixes)
        slot.placeholders.push_back(doors_.placeholder(
            prefix, 503, "The function " + slot.wish.name + " is not running at the moment", kRetryAfterSeconds));
}

void PluginHost::Supervisor::say_not_enabled() {
    for (const auto& [plugin, prefixes] : options_.known_prefixes) {
        if (find(plugin) != nullptr) {
            for (const auto& prefix : prefixes) not_enabled_.erase(prefix);
            continue;
        }
        for (const auto& prefix : prefixes)
            if (!not_enabled_.contains(prefix))
                not_enabled_[prefix] =
                    doors_.placeholder(prefix, 404, "The function " + plugin + " is not enabled on this box", 0);
    }
}

}  // namespace gatehouse::plugin
