// The difference between the paths we want and those MediaMTX has. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api_json.h"
#include "desired_paths.h"

namespace gatehouse::mediamtx {

// Names in order; all empty: MediaMTX has what we want.
struct PathPlan {
    std::vector<std::string> replace;   // missing or different
    std::vector<std::string> remove;    // ours by name, wanted no more
    std::size_t foreign = 0;            // names outside our prefix, which nobody touches
    std::vector<std::string> settings;  // names of global settings that somebody changed, in a managed MediaMTX

    bool empty() const noexcept { return replace.empty() && remove.empty() && settings.empty(); }
};
PathPlan plan(const std::map<std::string, DesiredPath>& wanted, const ConfiguredPaths& actual, std::string_view prefix);

// "2 paths missing or changed, 1 path too many, changed settings: authMethod"
std::string describe(const PathPlan& plan);

}  // namespace gatehouse::mediamtx
