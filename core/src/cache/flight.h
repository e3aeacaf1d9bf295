// A load under way, and everybody who waits for it. Private to the room.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <gatehouse/cache.h>

namespace gatehouse::cache {

using Load = std::function<void(CacheStore::Finish)>;

struct Waiter {
    CacheStore::Done done;
    std::uint64_t joined_at = 0;  // epoch
    Load load;  // kept only where something was invalidated since the flight began: it may have to fly again
};

struct Flight {
    std::uint64_t began_at = 0;     // epoch
    std::uint64_t outdated_at = 0;  // epoch of the last erase(), set() or clear() that met this flight; 0: none
    std::vector<Waiter> waiters;
};

// Sees to it that a flight lands exactly once: when the loader answers, throws, or drops its Finish without a word.
// Thread-safe.
class Landing {
public:
    using Land = std::function<void(CacheValue, std::exception_ptr)>;

    explicit Landing(Land land) : land_(std::move(land)) {}
    ~Landing();
    Landing(const Landing&) = delete;
    Landing& operator=(const Landing&) = delete;

    void finish(CacheValue value, std::exception_ptr failure);

private:
    std::atomic<bool> landed_{false};
    Land land_;
};

// Runs the loader; what it throws is its answer.
void fly(const Load& load, Landing::Land land);

}  // namespace gatehouse::cache
