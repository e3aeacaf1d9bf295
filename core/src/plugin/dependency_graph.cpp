#include "plugin/dependency_graph.h"

#include <algorithm>
#include <optional>
#include <set>

namespace gatehouse::plugin {

namespace {

class Sorter {
public:
    explicit Sorter(const std::vector<GraphNode>& nodes) : nodes_(nodes) {
        for (const auto& node : nodes_) claim_services(node);
    }

    Graph run() {
        for (const auto& node : nodes_)
            if (node.unavailable.empty()) visit(node, false);
        return std::move(graph_);
    }

private:
    void claim_services(const GraphNode& node) {
        for (const auto& service : node.provides) {
            const auto [other, is_new] = provider_of_.emplace(service, &node);
            if (!is_new && other->second != &node && node.unavailable.empty())
                graph_.blocked.emplace(node.name, node.name + " provides " + service + ", which " +
                                                      other->second->name + " provides already");
        }
    }

    // Why `node` cannot start, or nothing once it has its place in the order. `soft` asks whether it can be put there
    // without waiting for something that is being visited.
    std::optional<std::string> visit(const GraphNode& node, bool soft) {
        if (!node.unavailable.empty()) return node.name + ", which is not running: " + node.unavailable;
        if (const auto known = graph_.blocked.find(node.name); known != graph_.blocked.end()) return known->second;
        if (placed_.contains(node.name)) return std::nullopt;
        const auto open = std::find(path_.begin(), path_.end(), node.name);
        if (open != path_.end()) return soft ? std::nullopt : std::optional(cycle_from(open));
        path_.push_back(node.name);
        auto reason = visit_needs(node);
        path_.pop_back();
        if (reason) {
            graph_.blocked.emplace(node.name, *reason);
            return reason;
        }
        placed_.insert(node.name);
        graph_.order.push_back(node.name);
        return std::nullopt;
    }

    std::optional<std::string> visit_needs(const GraphNode& node) {
        for (const auto& service : node.required) {
            const std::string link = node.name + " requires " + service;
            const auto provider = provider_of_.find(service);
            if (provider == provider_of_.end()) return link + ", which no loaded plugin provides";
            auto& direct = graph_.providers[node.name];
            if (std::find(direct.begin(), direct.end(), provider->second->name) == direct.end())
                direct.push_back(provider->second->name);
            if (auto reason = visit(*provider->second, false)) return link + " from " + *reason;
        }
        for (const auto& service : node.optional)
            if (const auto provider = provider_of_.find(service);
                provider != provider_of_.end() && !requires_open_plugin(*provider->second))
                visit(*provider->second, true);
        return std::nullopt;
    }

    // True where following an optional service would come back to a plugin that is being visited.
    bool requires_open_plugin(const GraphNode& node) const {
        std::set<std::string> seen;
        std::vector<const GraphNode*> rest{&node};
        while (!rest.empty()) {
            const GraphNode* next = rest.back();
            rest.pop_back();
            if (std::find(path_.begin(), path_.end(), next->name) != path_.end()) return true;
            if (!seen.insert(next->name).second) continue;
            for (const auto& service : next->required)
                if (const auto provider = provider_of_.find(service); provider != provider_of_.end())
                    rest.push_back(provider->second);
        }
        return false;
    }

    std::string cycle_from(std::vector<std::string>::const_iterator begin) const {
        std::string chain = "a cycle: ";
        for (auto at = begin; at != path_.end(); ++at) chain += *at + " -> ";
        return chain + *begin;
    }

    const std::vector<GraphNode>& nodes_;
    std::map<std::string, const GraphNode*> provider_of_;
    std::vector<std::string> path_;
    std::set<std::string> placed_;
    Graph graph_;
};

}  // namespace

Graph order_plugins(const std::vector<GraphNode>& nodes) { return Sorter(nodes).run(); }

}  // namespace gatehouse::plugin
