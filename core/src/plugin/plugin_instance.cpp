#include "plugin/plugin_instance.h"

#include <algorithm>
#include <atomic>

#include <gatehouse/error.h>

#include "base/failure_text.h"

namespace gatehouse::plugin {

// Shared with the call that is running on the life thread, so that a call nobody waits for any more finds it all there.
struct PluginInstance::Live {
    std::shared_ptr<PluginLibrary> library;
    Poco::Logger& logger;
    std::shared_ptr<Firewall> firewall;
    std::unique_ptr<PluginContext> context;
    std::unique_ptr<Plugin, void (*)(Plugin*)> plugin;
    std::atomic<bool> start_called{false};  // read by the host while a hung start() may still be running

    Live(std::shared_ptr<PluginLibrary> the_library, Breadcrumb& breadcrumb, Metrics& metrics)
        : library(std::move(the_library)),
          logger(Poco::Logger::get(library->descriptor().name)),
          firewall(std::make_shared<Firewall>(library->descriptor().name, breadcrumb, metrics, logger)),
          plugin(nullptr, library->descriptor().destroy) {}
};

PluginInstance::PluginInstance(std::shared_ptr<PluginLibrary> library, Breadcrumb& breadcrumb, Metrics& metrics,
                               const Patience& patience)
    : library_(std::move(library)),
      life_(std::make_unique<LifeThread>("pl-" + library_->descriptor().name, patience)),
      live_(std::make_shared<Live>(library_, breadcrumb, metrics)) {}

PluginInstance::~PluginInstance() {
    if (!live_->plugin || hung()) return;
    stop(std::chrono::seconds{10});
}

std::uint64_t PluginInstance::failures() const noexcept { return live_->firewall->failures(); }

template <class Fn>
PluginInstance::Reason PluginInstance::call(const char* name, Deadline deadline, Fn fn) {
    if (hung()) return std::string(name) + "() was not called: an earlier call never returned";
    const auto entry = live_->firewall->entry("life", name);
    auto result =
        life_->run([live = live_, entry, fn = std::move(fn)] { entry.call_through([&] { fn(*live); }); }, deadline);
    switch (result.outcome) {
        case LifeThread::Outcome::kDone:
            return std::nullopt;
        case LifeThread::Outcome::kThrew:
            entry.report(result.failure);
            return std::string(name) + "() failed: " + text_of(result.failure);
        case LifeThread::Outcome::kTimedOut:
            break;
    }
    live_->firewall->close();
    return std::string(name) + "() did not return within " + std::to_string(std::min(deadline, result.waited).count()) +
           " ms";
}

PluginInstance::Reason PluginInstance::configure(const ConfigNode& node, ConfigIssues& issues, Deadline deadline) {
    auto found = std::make_shared<ConfigIssues>();
    auto reason = call("configure", deadline, [node, found](Live& live) {
        live.plugin.reset(live.library->descriptor().create());
        if (!live.plugin) throw Error(ErrorCode::kInternal, "create() gave no plugin");
        live.plugin->configure(node, *found);
    });
    if (!hung())
        for (const auto& issue : found->all()) issues.add(issue.where, issue.message);
    return reason;
}

PluginInstance::Reason PluginInstance::start(PluginDoors& doors, ServiceRegistry& services,
                                             PluginContext::ReportFailed report_failed, Deadline deadline) {
    auto reason = call("start", deadline, [&doors, &services, report_failed = std::move(report_failed)](Live& live) {
        const auto& descriptor = live.library->descriptor();
        live.context = std::make_unique<PluginContext>(descriptor, *live.firewall, doors, services, report_failed);
        live.start_called = true;
        live.plugin->start(*live.context);
        for (const auto& service : descriptor.provides)
            if (!services.find(service))
                throw Error(ErrorCode::kInternal, "start() returned without providing " + service);
    });
    return reason;
}

PluginInstance::Reason PluginInstance::ready(Deadline deadline) {
    return call("ready", deadline, [](Live& live) { live.plugin->ready(); });
}

PluginInstance::Reason PluginInstance::quiesce(Deadline deadline) {
    return call("quiesce", deadline, [](Live& live) { live.plugin->quiesce(); });
}

PluginInstance::Reason PluginInstance::stop(Deadline deadline) {
    Reason first;
    const auto keep = [&](Reason reason) {
        if (reason && !first) first = std::move(reason);
    };
    if (live_->start_called) keep(call("stop", deadline, [](Live& live) { live.plugin->stop(); }));
    live_->start_called = false;
    if (!hung())
        keep(call("revoke", deadline, [](Live& live) {
            if (live.context) live.context->revoke();
        }));
    live_->firewall->close();
    if (!hung())
        keep(call("destroy", deadline, [](Live& live) {
            live.plugin.reset();
            live.context.reset();
        }));
    return first;
}

PluginInstance::Reloaded PluginInstance::reload(const ConfigNode& node, Deadline deadline) {
    auto result = std::make_shared<ReloadResult>(ReloadResult::kNeedsRestart);
    auto reason = call("reload", deadline, [node, result](Live& live) { *result = live.plugin->reload(node); });
    return {reason, reason ? ReloadResult::kNeedsRestart : *result};
}

PluginInstance::HealthRead PluginInstance::health(Deadline deadline) {
    auto health = std::make_shared<PluginHealth>();
    auto reason = call("health", deadline, [health](Live& live) { *health = live.plugin->health(); });
    if (reason) return {reason, {PluginHealth::Status::kFailed, *reason, {}}};
    return {std::nullopt, *health};
}

}  // namespace gatehouse::plugin
