// In which order plugins start, and which cannot: a pure function of what they declare.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace gatehouse::plugin {

struct GraphNode {
    std::string name;
    std::vector<std::string> provides, required, optional;  // service names
    // Why the plugin cannot be started at all (refused, quarantined); what it provides is then missing for this reason.
    std::string unavailable;
};

struct Graph {
    std::vector<std::string> order;  // those that can start, providers before users
    std::map<std::string, std::string>
        blocked;  // the others of those that are available, with the chain that blocks them
    std::map<std::string, std::vector<std::string>> providers;  // plugin -> plugins it requires, directly
};

// Nodes keep their order where nothing else decides. An optional service orders, but never blocks; where it would close
// a cycle it is not followed. A service with two providers blocks the second.
Graph order_plugins(const std::vector<GraphNode>& nodes);

}  // namespace gatehouse::plugin
