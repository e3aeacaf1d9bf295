// The plugin host: starts, watches, restarts, reloads and stops plugins, and never lets one of them take the rest
// along.
#pragma once

#include <Poco/Logger.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plugin/backoff.h"
#include "plugin/plugin_doors.h"
#include "plugin/plugin_loader.h"
#include "plugin/plugin_state.h"
#include "plugin/quarantine.h"

namespace gatehouse::plugin {

struct PluginHostOptions {
    PluginLoader::Options loader;
    std::chrono::milliseconds start_deadline{15'000};  // of start(), ready() and reload(), each
    std::chrono::milliseconds stop_deadline{10'000};   // of quiesce(), stop(), revocation and destruction, each
    std::chrono::milliseconds health_deadline{5'000};
    std::chrono::milliseconds health_interval{1'000};
    std::chrono::milliseconds hurried_deadline{500};  // of each call after hurry()
    Backoff backoff;
    std::chrono::milliseconds steady{300'000};  // running for so long, a plugin's failures are forgotten
    // Route prefixes of plugins this box knows of, for the time their .so cannot tell: 503 where one is down, 404 where
    // it is not enabled.
    std::map<std::string, std::vector<std::string>> known_prefixes;
};

// A whole new set of plugins, configured but not applied. Movable.
struct PreparedPlugins {
    std::vector<Candidate> candidates;
};

// Thread-safe. Work is done on the host's own thread `plugin-host`; the blocking functions wait for it.
class PluginHost {
public:
    PluginHost(PluginHostOptions options, PluginDoors& doors, Breadcrumb& breadcrumb, Quarantine& quarantine,
               Poco::Logger& logger);
    ~PluginHost();  // stop()
    PluginHost(const PluginHost&) = delete;
    PluginHost& operator=(const PluginHost&) = delete;

    // Loads and configures, touching nothing that runs. Problems of all plugins are in `issues`. Blocks.
    PreparedPlugins prepare(const std::vector<PluginWish>& wishes, ConfigIssues& issues);
    // First time: starts everything in dependency order. Later: brings what runs to the new set, each plugin hot or by
    // restart with its dependents. Returns what was done, a line each. Blocks.
    std::vector<std::string> apply(PreparedPlugins prepared);
    // All are started, the doors are about to open: ready() of all that run, and of later ones when they start. Blocks.
    void ready();
    // Doors are closed: quiesce() of all that run; nothing is restarted any more. Blocks.
    void quiesce();
    // Stops all in reverse order. Idempotent. Blocks.
    void stop();
    // From now on every call gets the short deadline only.
    void hurry() noexcept;
    // Ends a quarantine; the next apply() tries the plugin again. False where there was none. Error(kInternal) when it
    // cannot be written down. Blocks.
    bool release(const std::string& plugin);
    void set_deadlines(std::chrono::milliseconds start, std::chrono::milliseconds stop);

    // In the order of the YAML; never blocks.
    std::shared_ptr<const std::vector<PluginState>> states() const;
    // A life thread was abandoned: end the process with _exit(2), since that thread still runs the plugin's code.
    bool has_hung_threads() const;

private:
    class Supervisor;
    std::unique_ptr<Supervisor> supervisor_;
};

}  // namespace gatehouse::plugin
