// The worker lane: threads that may block on the database, HTTP clients and files.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace gatehouse::exec {

// Thread-safe. Work is queued per owner (a plugin's name or "core") and taken round robin, so that one owner's flood
// does not starve the others. An exception out of `work` is logged and counted, never fatal.
class WorkerPool {
public:
    struct Options {
        std::size_t threads = 8;            // 1..64
        std::size_t queue_per_owner = 256;  // further work of that owner is refused
    };
    struct Stats {
        std::uint64_t done = 0, refused = 0, failed = 0;
        std::size_t queued = 0, busy = 0;
    };

    explicit WorkerPool(Options options);
    ~WorkerPool();  // stop()
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    // False when the owner's queue is full or the pool is stopping.
    [[nodiscard]] bool try_post(std::string_view owner, std::function<void()> work);
    // Finishes what is running, drops what is queued, joins. Not to be called from inside work of this pool.
    void stop();
    Stats stats() const;
    // The heartbeat for the watchdog: how long work has been waiting without any thread taking up or finishing
    // something. 0 while nothing waits.
    std::chrono::milliseconds stalled_for() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gatehouse::exec
