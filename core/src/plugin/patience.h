// How long the host waits for a plugin: the deadline, or less once the service is in a hurry to end.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>

namespace gatehouse::plugin {

// Thread-safe.
class Patience {
public:
    explicit Patience(std::chrono::milliseconds hurried) : hurried_deadline_(hurried) {}
    void hurry() noexcept { hurried_.store(true); }
    // What is left of a deadline of this length after `waited`; zero or less: it is over.
    std::chrono::milliseconds left(std::chrono::milliseconds deadline,
                                   std::chrono::milliseconds waited) const noexcept {
        return (hurried_.load() ? std::min(deadline, hurried_deadline_) : deadline) - waited;
    }

private:
    std::chrono::milliseconds hurried_deadline_;
    std::atomic<bool> hurried_{false};
};

}  // namespace gatehouse::plugin
