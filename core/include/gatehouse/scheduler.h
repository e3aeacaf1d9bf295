// Timed work. The timer thread only posts; the work runs on the worker lane.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <gatehouse/registration.h>

namespace gatehouse {

// Thread-safe, non-blocking. Work that is still running when its next turn comes skips that turn (and is counted). An
// exception ends that turn only; it is logged with the dotted name and counted.
class Scheduler {
public:
    virtual ~Scheduler() = default;
    // interval: 10 ms to 30 days. The first turn comes after `interval`.
    [[nodiscard]] virtual Registration every(const std::string& name, std::chrono::milliseconds interval,
                                             std::function<void()> work) = 0;
    // delay: 0 to 30 days.
    [[nodiscard]] virtual Registration after(const std::string& name, std::chrono::milliseconds delay,
                                             std::function<void()> work) = 0;
    // Runs `work` on the worker lane as soon as a thread is free. Throws Error(kUnavailable) when the queue is full.
    virtual void post(const std::string& name, std::function<void()> work) = 0;
};

}  // namespace gatehouse
