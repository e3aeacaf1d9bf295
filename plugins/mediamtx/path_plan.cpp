#include "path_plan.h"

#include <utility>

#include "path_name.h"

namespace gatehouse::mediamtx {

PathPlan plan(const std::map<std::string, DesiredPath>& wanted, const ConfiguredPaths& actual,
              std::string_view prefix) {
    PathPlan out;
    for (const auto& [name, path] : wanted) {
        const auto it = actual.find(name);
        if (it == actual.end() || !(it->second == path.config)) out.replace.push_back(name);
    }
    for (const auto& [name, config] : actual) {
        if (!is_ours(prefix, name))
            ++out.foreign;
        else if (!wanted.contains(name))
            out.remove.push_back(name);
    }
    return out;
}

std::string describe(const PathPlan& plan) {
    std::string out;
    const auto add = [&out](std::size_t n, const char* words) {
        if (n == 0) return;
        if (!out.empty()) out += ", ";
        out += std::to_string(n) + (n == 1 ? " path " : " paths ") + words;
    };
    add(plan.replace.size(), "missing or changed");
    add(plan.remove.size(), "too many");
    const char* before = out.empty() ? "changed settings: " : ", changed settings: ";
    for (const auto& name : plan.settings) out += std::exchange(before, ", ") + name;
    return out.empty() ? "no difference" : out;
}

}  // namespace gatehouse::mediamtx
