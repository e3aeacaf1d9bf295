// Starting, failing, restarting and stopping of single plugins, with those that require them.
#include <algorithm>

#include "plugin/supervisor.h"

namespace gatehouse::plugin {

namespace {

std::string for_people(std::chrono::milliseconds wait) {
    return wait.count() >= 1000 ? std::to_string(wait.count() / 1000) + " s" : std::to_string(wait.count()) + " ms";
}

bool cannot_start(PluginStatus status) {
    return status == PluginStatus::kRefused || status == PluginStatus::kQuarantined || status == PluginStatus::kHung;
}

}  // namespace

void PluginHost::Supervisor::set_status(Slot& slot, PluginStatus status, const std::string& reason) {
    if (slot.status != status) slot.since = doors_.clock.utc_now();
    slot.status = status;
    slot.reason = reason;
}

Graph PluginHost::Supervisor::graph() const {
    std::vector<GraphNode> nodes;
    for (const auto& slot : slots_) {
        GraphNode node;
        node.name = slot->wish.name;
        if (slot->library) {
            node.provides = slot->library->descriptor().provides;
            node.required = slot->library->descriptor().required;
            node.optional = slot->library->descriptor().optional;
        }
        if (cannot_start(slot->status)) node.unavailable = slot->reason.empty() ? "it cannot be started" : slot->reason;
        nodes.push_back(std::move(node));
    }
    return order_plugins(nodes);
}

void PluginHost::Supervisor::bring_up() {
    // A plugin that hangs on the way changes what its users can hope for.
    std::size_t lost = count_unavailable();
    start_what_can();
    while (count_unavailable() != lost) {
        lost = count_unavailable();
        start_what_can();
    }
    publish();
}

std::size_t PluginHost::Supervisor::count_unavailable() const {
    return static_cast<std::size_t>(
        std::count_if(slots_.begin(), slots_.end(), [](const auto& slot) { return cannot_start(slot->status); }));
}

void PluginHost::Supervisor::start_what_can() {
    const Graph graph = this->graph();
    for (const auto& [name, reason] : graph.blocked) {
        Slot* slot = find(name);
        if (slot->status == PluginStatus::kRunning) take_down(*slot, reason);
        if (slot->status != PluginStatus::kBlocked || slot->reason != reason)
            logger_.error("plugin " + name + " cannot be started: " + reason);
        set_status(*slot, PluginStatus::kBlocked, reason);
        check_critical(*slot);
    }
    const auto now = std::chrono::steady_clock::now();
    for (const auto& name : graph.order) {
        Slot* slot = find(name);
        if (slot->status == PluginStatus::kRunning || closing_) continue;
        if (slot->status == PluginStatus::kFailed && slot->retry_at > now) continue;
        const auto providers = graph.providers.find(name);
        const Slot* missing = nullptr;
        if (providers != graph.providers.end())
            for (const auto& provider : providers->second)
                if (find(provider)->status != PluginStatus::kRunning) missing = find(provider);
        if (missing != nullptr)
            set_status(*slot, PluginStatus::kWaiting, "it waits for " + missing->wish.name);
        else
            start_slot(*slot);
    }
}

bool PluginHost::Supervisor::make_instance(Slot& slot) {
    if (slot.instance) return true;
    ConfigIssues issues;
    auto candidate = loader_.prepare_one(slot.wish, issues);
    if (candidate.library == nullptr || candidate.instance == nullptr || !issues.empty()) {
        const std::string reason = !candidate.refused.empty()  ? candidate.refused
                                   : !candidate.failed.empty() ? candidate.failed
                                                               : issues.all().front().text();
        has_hung_.store(loader_.has_hung());
        mark_failed(slot, reason);
        return false;
    }
    slot.instance = std::move(candidate.instance);
    return true;
}

bool PluginHost::Supervisor::start_slot(Slot& slot) {
    if (!make_instance(slot)) return false;
    const std::string name = slot.wish.name;
    slot.life = ++lives_;
    set_status(slot, PluginStatus::kStarting, "");
    publish();
    auto report = [this, name, life = slot.life](const std::string& reason) {
        {
            const std::lock_guard lock(mutex_);
            if (reports_.size() < 256) reports_.push_back({name, life, reason.substr(0, 1000)});
        }
        wake_.notify_all();
    };
    auto reason = slot.instance->start(doors_, services_, report, options_.start_deadline);
    if (!reason && ready_) reason = slot.instance->ready(options_.start_deadline);
    if (reason) {
        fail(slot, *reason);
        return false;
    }
    slot.started_at = std::chrono::steady_clock::now();
    slot.health = {};
    started_.push_back(name);
    slot.placeholders.clear();
    set_status(slot, PluginStatus::kRunning, "");
    logger_.information("plugin " + name + ' ' + slot.library->descriptor().version + " is running");
    health_due_ = std::min(health_due_, slot.started_at);
    return true;
}

void PluginHost::Supervisor::fail(Slot& slot, const std::string& reason) {
    if (slot.status == PluginStatus::kRunning && std::chrono::steady_clock::now() - slot.started_at > options_.steady)
        slot.failures_in_a_row = 0;
    take_down(slot, reason);
    if (slot.status != PluginStatus::kHung) mark_failed(slot, reason);
    check_critical(slot);
    publish();
}

void PluginHost::Supervisor::mark_failed(Slot& slot, const std::string& reason) {
    ++slot.failures_in_a_row;
    ++slot.restarts;
    const auto wait = options_.backoff.delay(slot.failures_in_a_row);
    slot.retry_at = std::chrono::steady_clock::now() + wait;
    set_status(slot, PluginStatus::kFailed, reason);
    logger_.error("plugin " + slot.wish.name + " failed: " + reason + "; it is started again in " + for_people(wait));
}

std::vector<PluginHost::Supervisor::Slot*> PluginHost::Supervisor::running_dependents(const Slot& slot) const {
    const Graph graph = this->graph();
    std::vector<std::string> affected{slot.wish.name};
    for (std::size_t i = 0; i < affected.size(); ++i)
        for (const auto& [user, providers] : graph.providers)
            if (std::find(providers.begin(), providers.end(), affected[i]) != providers.end() &&
                std::find(affected.begin(), affected.end(), user) == affected.end())
                affected.push_back(user);
    std::vector<Slot*> latest_first;
    for (auto name = started_.rbegin(); name != started_.rend(); ++name)
        if (*name != slot.wish.name && std::find(affected.begin(), affected.end(), *name) != affected.end())
            latest_first.push_back(find(*name));
    return latest_first;
}

void PluginHost::Supervisor::take_down(Slot& slot, const std::string& why) {
    for (Slot* dependent : running_dependents(slot)) {
        logger_.warning("plugin " + dependent->wish.name + " is stopped: it requires " + slot.wish.name);
        stop_slot(*dependent, PluginStatus::kWaiting, "it waits for " + slot.wish.name);
    }
    stop_slot(slot, PluginStatus::kStopped, why);
}

void PluginHost::Supervisor::stop_slot(Slot& slot, PluginStatus after, const std::string& reason) {
    // First the placeholder, then the withdrawal: there is no moment in which the address is unknown.
    if (after != PluginStatus::kStopped || !closing_) place_holders(slot);
    std::erase(started_, slot.wish.name);
    if (slot.instance == nullptr) return set_status(slot, after, reason);
    const bool was_hung = slot.instance->hung();
    auto trouble = slot.instance->stop(options_.stop_deadline);
    slot.failures_before += slot.instance->failures();
    if (slot.instance->hung()) {
        const std::string text = (was_hung ? reason : trouble.value_or(reason)) +
                                 "; its thread is abandoned and it is not started again in this process";
        loader_.bury(std::move(slot.instance));
        has_hung_.store(true);
        set_status(slot, PluginStatus::kHung, text);
        logger_.critical("plugin " + slot.wish.name + " hangs: " + text);
        return;
    }
    if (trouble) logger_.warning("plugin " + slot.wish.name + " did not stop cleanly: " + *trouble);
    slot.instance.reset();
    set_status(slot, after, reason);
}

void PluginHost::Supervisor::check_critical(const Slot& slot) {
    if (!slot.wish.critical || slot.status == PluginStatus::kRunning || critical_told_ || closing_) return;
    critical_told_ = true;
    if (doors_.on_critical) doors_.on_critical(slot.wish.name, slot.reason);
}

void PluginHost::Supervisor::ready() {
    ready_ = true;
    const auto started = started_;
    for (const auto& name : started) {
        Slot* slot = find(name);
        if (slot->status != PluginStatus::kRunning) continue;
        if (auto reason = slot->instance->ready(options_.start_deadline)) fail(*slot, *reason);
    }
    bring_up();
    read_health();
}

void PluginHost::Supervisor::quiesce() {
    closing_ = true;
    for (auto name = started_.rbegin(); name != started_.rend(); ++name) {
        Slot* slot = find(*name);
        if (auto reason = slot->instance->quiesce(options_.stop_deadline))
            logger_.warning("plugin " + slot->wish.name + ": " + *reason);
    }
}

void PluginHost::Supervisor::stop() {
    closing_ = true;
    while (!started_.empty()) {
        Slot* slot = find(started_.back());
        stop_slot(*slot, PluginStatus::kStopped, "the service ends");
        logger_.information("plugin " + slot->wish.name + " has stopped");
    }
    for (const auto& slot : slots_) {
        slot->placeholders.clear();
        slot->instance.reset();
    }
    not_enabled_.clear();
    publish();
}

}  // namespace gatehouse::plugin
