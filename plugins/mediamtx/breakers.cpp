#include "breakers.h"

#include <algorithm>
#include <utility>

namespace gatehouse::mediamtx {

MonotonicTime Breakers::later(MonotonicTime now, double random) const {
    return now + std::chrono::duration_cast<MonotonicTime::duration>(retry_ * (0.75 + 0.5 * random));
}

bool Breakers::note(const std::string& path, bool live, MonotonicTime now, double random) {
    auto& p = paths_.try_emplace(path, Path{now, false, false, {}}).first->second;
    if (live) {
        const bool changed = p.given_up && !p.live;
        p.live = true;
        p.quiet_since = now;
        return changed;
    }
    if (p.live) p.quiet_since = now;
    const bool was_live = std::exchange(p.live, false);
    if (p.given_up) {
        // It stopped again before it was pulled all the time: the next trial comes in its turn.
        if (was_live) p.next_trial = later(now, random);
        return was_live;
    }
    if (now - p.quiet_since < dead_after_) return false;
    p.given_up = true;
    p.next_trial = later(now, random);
    return true;
}

bool Breakers::is_given_up(const std::string& path) const {
    const auto it = paths_.find(path);
    return it != paths_.end() && it->second.given_up;
}

bool Breakers::is_dead(const std::string& path) const {
    const auto it = paths_.find(path);
    return it != paths_.end() && it->second.given_up && !it->second.live;
}

std::set<std::string> Breakers::given_up() const {
    std::set<std::string> out;
    for (const auto& [name, path] : paths_)
        if (path.given_up) out.insert(name);
    return out;
}

std::size_t Breakers::dead() const {
    return static_cast<std::size_t>(
        std::count_if(paths_.begin(), paths_.end(), [](const auto& p) { return p.second.given_up && !p.second.live; }));
}

std::vector<std::string> Breakers::due(MonotonicTime now, double random) {
    std::vector<std::string> out;
    for (auto& [name, path] : paths_) {
        if (!path.given_up || path.live || now < path.next_trial) continue;
        path.next_trial = later(now, random);
        out.push_back(name);
    }
    return out;
}

}  // namespace gatehouse::mediamtx
