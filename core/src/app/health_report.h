// /health's details and the list of plugins as JSON. Pure functions of snapshots, cheap enough for the loop lane.
#pragma once

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <string>
#include <vector>

#include "plugin/plugin_state.h"

namespace gatehouse::app {

// How the last reload went; empty time: none was asked for.
struct LastReload {
    UtcTime at;
    bool applied = false;
    std::vector<std::string> messages;
};

// Degraded: a plugin that is not running well, or a part of the process that does not answer.
// `late_parts` as of Heartbeats.
bool is_degraded(const std::vector<plugin::PluginState>& plugins, const std::vector<std::string>& late_parts);
Poco::JSON::Object::Ptr health_details(const std::vector<plugin::PluginState>& plugins, const LastReload& reload,
                                       const std::vector<std::string>& late_parts);
// name, version, state, summary, reason, since, critical, restarts, exceptions, health, provides, requires, routes.
Poco::JSON::Array::Ptr plugin_list(const std::vector<plugin::PluginState>& plugins);
// "3 of 3 plugins are running", or which are not; for systemctl status.
std::string status_line(const std::vector<plugin::PluginState>& plugins);

}  // namespace gatehouse::app
