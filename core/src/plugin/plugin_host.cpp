#include "plugin/plugin_host.h"

#include "plugin/supervisor.h"

namespace gatehouse::plugin {

std::string_view name(PluginStatus status) noexcept {
    switch (status) {
        case PluginStatus::kRefused:
            return "refused";
        case PluginStatus::kQuarantined:
            return "quarantined";
        case PluginStatus::kBlocked:
            return "blocked";
        case PluginStatus::kWaiting:
            return "waiting";
        case PluginStatus::kStarting:
            return "starting";
        case PluginStatus::kRunning:
            return "running";
        case PluginStatus::kFailed:
            return "failed";
        case PluginStatus::kHung:
            return "hung";
        case PluginStatus::kStopped:
            break;
    }
    return "stopped";
}

PluginHost::PluginHost(PluginHostOptions options, PluginDoors& doors, Breadcrumb& breadcrumb, Quarantine& quarantine,
                       Poco::Logger& logger)
    : supervisor_(std::make_unique<Supervisor>(std::move(options), doors, breadcrumb, quarantine, logger)) {}

PluginHost::~PluginHost() { stop(); }

PreparedPlugins PluginHost::prepare(const std::vector<PluginWish>& wishes, ConfigIssues& issues) {
    return supervisor_->run([&] { return supervisor_->prepare(wishes, issues); });
}

std::vector<std::string> PluginHost::apply(PreparedPlugins prepared) {
    return supervisor_->run([&] { return supervisor_->apply(std::move(prepared)); });
}

void PluginHost::ready() {
    supervisor_->run([&] { supervisor_->ready(); });
}

void PluginHost::quiesce() {
    supervisor_->run([&] { supervisor_->quiesce(); });
}

void PluginHost::stop() {
    supervisor_->run([&] { supervisor_->stop(); });
}

bool PluginHost::release(const std::string& plugin) {
    return supervisor_->run([&] { return supervisor_->release(plugin); });
}

void PluginHost::hurry() noexcept { supervisor_->hurry(); }

void PluginHost::set_deadlines(std::chrono::milliseconds start, std::chrono::milliseconds stop) {
    supervisor_->run([&] { supervisor_->set_deadlines(start, stop); });
}

std::shared_ptr<const std::vector<PluginState>> PluginHost::states() const { return supervisor_->states(); }

bool PluginHost::has_hung_threads() const { return supervisor_->has_hung_threads(); }

}  // namespace gatehouse::plugin
