// Circuit breaker for dead cameras. Pure.
//
// MediaMTX calls a camera that fails every 5 seconds, for ever: up to 17,000 attempts, log-ins and log lines a day. A
// camera that gave nothing for `dead_after` is given up: its path is pulled on demand, so that MediaMTX rests, and the
// gateway tries it every `dead_retry`, spread. To pull it all the time again costs a connection of MediaMTX's, so that
// it waits until the camera delivers and nobody watches.
#pragma once

#include <gatehouse/clock.h>

#include <chrono>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::mediamtx {

class Breakers {
public:
    Breakers(std::chrono::milliseconds dead_after, std::chrono::milliseconds retry)
        : dead_after_(dead_after), retry_(retry) {}

    // What one look at a path that is pulled always says. `random`: 0 to 1.
    // True: it was given up just now, is alive again, or is so no more.
    bool note(const std::string& path, bool live, MonotonicTime now, double random);
    // Forgets everything of a path: its settings changed, or it is gone.
    void forget(const std::string& path) { paths_.erase(path); }
    // Keeps only what `wanted` says.
    template <class Wanted>
    void keep_only(Wanted wanted) {
        for (auto it = paths_.begin(); it != paths_.end();) it = wanted(it->first) ? std::next(it) : paths_.erase(it);
    }

    bool is_given_up(const std::string& path) const;
    // Given up and not alive: nobody should keep it warm.
    bool is_dead(const std::string& path) const;
    std::set<std::string> given_up() const;
    std::size_t dead() const;
    // Paths whose trial is due now; their next one is set.
    std::vector<std::string> due(MonotonicTime now, double random);

private:
    struct Path {
        MonotonicTime quiet_since{};
        bool given_up = false;
        bool live = false;
        MonotonicTime next_trial{};
    };
    MonotonicTime later(MonotonicTime now, double random) const;

    std::chrono::milliseconds dead_after_, retry_;
    std::map<std::string, Path> paths_;
};

}  // namespace gatehouse::mediamtx
