#include "plugin/supervisor.h"

#include <algorithm>

#include "exec/thread_name.h"

namespace gatehouse::plugin {

namespace {

PluginLoader::Veto veto_by(Quarantine& quarantine) {
    return [&quarantine](const std::string& plugin, const std::string& so_path) -> std::optional<std::string> {
        const auto found = quarantine.find(plugin, Quarantine::identity_of(so_path));
        if (!found) return std::nullopt;
        return "in quarantine since " + to_iso8601(found->since) + ": the process died repeatedly in its " +
               found->entry + "; a new build of it ends this, or: gatehousectl plugins release " + plugin;
    };
}

}  // namespace

PluginHost::Supervisor::Supervisor(PluginHostOptions options, PluginDoors& doors, Breadcrumb& breadcrumb,
                                   Quarantine& quarantine, Poco::Logger& logger)
    : options_(std::move(options)),
      doors_(doors),
      breadcrumb_(breadcrumb),
      quarantine_(quarantine),
      logger_(logger),
      patience_(options_.hurried_deadline),
      loader_(options_.loader, breadcrumb, doors.metrics, patience_, veto_by(quarantine)),
      states_(std::make_shared<const std::vector<PluginState>>()) {
    thread_ = std::thread([this] {
        exec::name_this_thread("plugin-host");
        loop();
    });
}

PluginHost::Supervisor::~Supervisor() {
    {
        const std::lock_guard lock(mutex_);
        quit_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void PluginHost::Supervisor::post(std::function<void()> work) {
    {
        const std::lock_guard lock(mutex_);
        commands_.push_back(std::move(work));
    }
    wake_.notify_all();
}

void PluginHost::Supervisor::loop() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait_until(lock, next_wake(), [&] { return quit_ || !commands_.empty() || !reports_.empty(); });
        if (quit_ && commands_.empty()) return;
        std::function<void()> command;
        if (!commands_.empty()) {
            command = std::move(commands_.front());
            commands_.pop_front();
        }
        lock.unlock();
        if (command) command();
        handle_reports();
        handle_timers();
        lock.lock();
    }
}

// Own time, not the injected clock: this is about waking a real thread.
MonotonicTime PluginHost::Supervisor::next_wake() const {
    auto wake = std::chrono::steady_clock::now() + std::chrono::hours{1};
    if (closing_) return wake;
    if (!started_.empty()) wake = std::min(wake, health_due_);
    for (const auto& slot : slots_)
        if (slot->status == PluginStatus::kFailed) wake = std::min(wake, slot->retry_at);
    return wake;
}

void PluginHost::Supervisor::handle_reports() {
    std::deque<FailureReport> reports;
    {
        const std::lock_guard lock(mutex_);
        reports.swap(reports_);
    }
    for (const auto& report : reports) {
        Slot* slot = find(report.plugin);
        if (slot == nullptr || slot->life != report.life || slot->status != PluginStatus::kRunning || closing_)
            continue;
        fail(*slot, "it reported: " + report.reason);
    }
    if (!reports.empty() && !closing_) bring_up();
}

void PluginHost::Supervisor::handle_timers() {
    if (closing_) return;
    const auto now = std::chrono::steady_clock::now();
    const auto due = [&](const auto& slot) { return slot->status == PluginStatus::kFailed && slot->retry_at <= now; };
    if (std::any_of(slots_.begin(), slots_.end(), due)) bring_up();
    if (!started_.empty() && health_due_ <= now) read_health();
}

void PluginHost::Supervisor::read_health() {
    bool lost = false;
    for (const auto& slot : slots_) {
        if (slot->status != PluginStatus::kRunning) continue;
        auto read = slot->instance->health(options_.health_deadline);
        slot->health = std::move(read.health);
        if (!slot->instance->hung()) continue;
        fail(*slot, *read.failure);
        lost = true;
    }
    health_due_ = std::chrono::steady_clock::now() + options_.health_interval;
    if (lost)
        bring_up();
    else
        publish();
}

PluginHost::Supervisor::Slot* PluginHost::Supervisor::find(const std::string& name) const {
    const auto found =
        std::find_if(slots_.begin(), slots_.end(), [&](const auto& slot) { return slot->wish.name == name; });
    return found == slots_.end() ? nullptr : found->get();
}

void PluginHost::Supervisor::publish() {
    auto states = std::make_shared<std::vector<PluginState>>();
    for (const auto& slot : slots_) {
        PluginState state;
        state.name = slot->wish.name;
        state.status = slot->status;
        state.reason = slot->reason;
        state.since = slot->since;
        state.critical = slot->wish.critical;
        state.restarts = slot->restarts;
        state.exceptions = slot->failures_before + (slot->instance ? slot->instance->failures() : 0);
        if (slot->status == PluginStatus::kRunning) state.health = slot->health;
        if (slot->library) {
            const auto& descriptor = slot->library->descriptor();
            state.version = descriptor.version;
            state.summary = descriptor.summary;
            state.provides = descriptor.provides;
            state.required = descriptor.required;
            state.route_prefixes = descriptor.route_prefixes;
        }
        states->push_back(std::move(state));
    }
    const std::lock_guard lock(mutex_);
    states_ = std::move(states);
}

std::shared_ptr<const std::vector<PluginState>> PluginHost::Supervisor::states() const {
    const std::lock_guard lock(mutex_);
    return states_;
}

void PluginHost::Supervisor::set_deadlines(std::chrono::milliseconds start, std::chrono::milliseconds stop) {
    options_.start_deadline = start;
    options_.stop_deadline = stop;
    loader_.set_configure_deadline(start);
}

}  // namespace gatehouse::plugin
