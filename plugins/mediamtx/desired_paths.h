// Which paths MediaMTX shall have, from the catalogue. Pure.
#pragma once

#include <gatehouse/catalogue.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace gatehouse::mediamtx {

// The settings of a path that we give; everything else is MediaMTX's default.
struct PathConfig {
    std::string source;  // holds the camera's credentials: never in a log, never in an answer
    bool on_demand = false;
    std::string transport;  // tcp | udp | automatic (MediaMTX's rtspTransport)

    bool operator==(const PathConfig&) const = default;
};

struct DesiredPath {
    std::int64_t camera_id = 0;
    std::string camera_uuid;
    StreamRole role = StreamRole::kMain;
    bool pull_always = true;  // what the operator wants; config.on_demand may differ while the camera is given up
    bool keep_ready = false;  // its last pictures are fetched although nobody watches
    PathConfig config;

    bool operator==(const DesiredPath&) const = default;
};

struct DesiredPaths {
    std::map<std::string, DesiredPath> paths;    // by path name
    std::map<std::string, std::string> refused;  // path name -> why MediaMTX cannot pull it, in plain words
};

struct PullRules {
    bool always = true;  // where no list says otherwise
    std::set<std::int64_t> always_cameras, on_demand_cameras;
    bool all_ready = false;
    std::set<std::int64_t> ready_cameras;

    bool pulls_always(std::int64_t camera_id) const {
        if (always_cameras.contains(camera_id)) return true;
        return always && !on_demand_cameras.contains(camera_id);
    }
    // Of cameras on demand it would mean to pull them always.
    bool keeps_ready(std::int64_t camera_id) const {
        return pulls_always(camera_id) && (all_ready || ready_cameras.contains(camera_id));
    }
};

// Opens the credentials of a stream; empty where they cannot be opened: that stream is refused.
using OpenCredentials = std::function<std::optional<Credentials>(const Camera&, StreamRole)>;

// Every stream of every enabled camera. `given_up`: names of paths that are pulled on demand although the operator
// wants them always (see Breakers).
DesiredPaths desired_paths(const CatalogueSnapshot& catalogue, const std::string& prefix, const PullRules& rules,
                           const std::set<std::string>& given_up, const OpenCredentials& open);

}  // namespace gatehouse::mediamtx
