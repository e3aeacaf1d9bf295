// One life of a plugin: from create() to destroy(), every call on its life thread, through the firewall, with a
// deadline.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <gatehouse/plugin.h>

#include "plugin/firewall.h"
#include "plugin/life_thread.h"
#include "plugin/plugin_context.h"
#include "plugin/plugin_library.h"

namespace gatehouse::plugin {

// Used by one thread. Functions that return a reason give nullopt when all went well; a reason that ends in a deadline
// means the life thread was abandoned: what belongs to it is then kept for the rest of the process, on purpose.
class PluginInstance {
public:
    using Reason = std::optional<std::string>;
    using Deadline = std::chrono::milliseconds;

    // Everything referred to must outlive it.
    PluginInstance(std::shared_ptr<PluginLibrary> library, Breadcrumb& breadcrumb, Metrics& metrics,
                   const Patience& patience);
    ~PluginInstance();
    PluginInstance(const PluginInstance&) = delete;
    PluginInstance& operator=(const PluginInstance&) = delete;

    // create() and configure(); what configure() finds goes to `issues`.
    Reason configure(const ConfigNode& node, ConfigIssues& issues, Deadline deadline);
    // Opens the context and calls start(); fails too when a service of `provides` is not there afterwards.
    Reason start(PluginDoors& doors, ServiceRegistry& services, PluginContext::ReportFailed report_failed,
                 Deadline deadline);
    Reason ready(Deadline deadline);
    Reason quiesce(Deadline deadline);
    // stop() (where start() was called), revocation of what is left, destroy().
    Reason stop(Deadline deadline);
    struct Reloaded {
        Reason failure;
        ReloadResult result = ReloadResult::kNeedsRestart;
    };
    Reloaded reload(const ConfigNode& node, Deadline deadline);
    struct HealthRead {
        Reason failure;
        PluginHealth health;
    };
    HealthRead health(Deadline deadline);

    bool hung() const noexcept { return life_->abandoned(); }
    std::uint64_t failures() const noexcept;

private:
    struct Live;
    template <class Fn>
    Reason call(const char* name, Deadline deadline, Fn fn);

    std::shared_ptr<PluginLibrary> library_;
    std::unique_ptr<LifeThread> life_;
    std::shared_ptr<Live> live_;
};

}  // namespace gatehouse::plugin
