// The plugins this version ships, for the time their .so cannot say what they serve.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace gatehouse::app {

inline std::map<std::string, std::vector<std::string>> known_plugin_prefixes() { return {{"hls-proxy", {"/hls/"}}}; }

// What the shipped gatehouse.yaml enables, as YAML.
inline constexpr const char* kShippedPlugins = "[media-worker, hls-proxy]";

}  // namespace gatehouse::app
