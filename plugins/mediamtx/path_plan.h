// The difference between the paths we want and those MediaMTX has. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api_json.h"
#include "desired_paths.h"

namespace gatehouse::mediamtx {

// Names in order; both empty: MediaMTX has what we want.
struct PathPlan {
    std::vector<std::string> replace;  // missing or different
    std::vector<std::string> remove;   // ours by name, wanted no more
    std::size_t foreign = 0;           // names outside our prefix, which nobody touches

    bool empty() const noexcept { return replace.empty() && remove.empty(); }
};
PathPlan plan(const std::map<std::string, DesiredPath>& wanted, const ConfiguredPaths& actual, std::string_view prefix);

// "2 paths missing or changed, 1 too many"
std::string describe(const PathPlan& plan);

}  // namespace gatehouse::mediamtx
