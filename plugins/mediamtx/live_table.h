// What is known of every camera's streams at this moment.
#pragma once

#include <gatehouse/catalogue.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "desired_paths.h"
#include "path_health.h"

namespace gatehouse::mediamtx {

// Thread-safe. Written by the controller, read by everybody.
class LiveTable {
public:
    explicit LiveTable(std::string prefix) : prefix_(std::move(prefix)) {}

    // A path whose settings changed gets its time to connect anew.
    void want(const DesiredPaths& wanted, MonotonicTime now, UtcTime utc);
    // Gives the cameras whose state changed. `cause`: of a path, from the log.
    std::vector<std::int64_t> look(const PathItems& items, const std::function<std::string(const std::string&)>& cause,
                                   MonotonicTime now, UtcTime utc);
    std::vector<std::int64_t> lose_sight(CameraLive::State state, const std::string& cause, UtcTime utc);

    // For Catalogue::provide_live.
    CameraLive live(const Camera& camera) const;
    bool is_live(const std::string& path) const;
    // State by path, for the breakers.
    std::vector<std::pair<std::string, bool>> pulled_always() const;
    struct PathState {
        std::string path;
        CameraLive::State state;
        std::string cause;
    };
    std::vector<PathState> states() const;
    struct Counts {
        std::size_t paths = 0, live = 0, offline = 0, reconnects = 0;
    };
    Counts counts() const;

private:
    struct Entry {
        DesiredPath path;
        PathHealth health;
    };
    mutable std::mutex mutex_;
    std::string prefix_;
    std::map<std::string, Entry> entries_;
    std::map<std::string, std::string> refused_;
};

}  // namespace gatehouse::mediamtx
