// How a plugin is, as /health, the command line and the log tell it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/clock.h>
#include <gatehouse/plugin.h>

namespace gatehouse::plugin {

enum class PluginStatus {
    kRefused,      // the .so is missing or not accepted
    kQuarantined,  // it killed the process too often
    kBlocked,      // a service it requires cannot be there
    kWaiting,      // for a plugin it requires
    kStarting,
    kRunning,
    kFailed,   // will be tried again
    kHung,     // a call never returned; not tried again in this process
    kStopped,  // in order
};
std::string_view name(PluginStatus status) noexcept;  // "refused", ...

struct PluginState {
    std::string name, version, summary;  // the latter two empty where there is no library
    PluginStatus status = PluginStatus::kStopped;
    std::string reason;  // plain words where it is not running
    UtcTime since;       // of the status
    bool critical = false;
    std::uint64_t restarts = 0, exceptions = 0;
    PluginHealth health;  // as last read while running
    std::vector<std::string> provides, required, route_prefixes;

    bool well() const noexcept {
        return status == PluginStatus::kRunning && health.status == PluginHealth::Status::kOk;
    }
};

}  // namespace gatehouse::plugin
