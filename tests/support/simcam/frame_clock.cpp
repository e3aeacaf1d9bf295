#include "frame_clock.hpp"

#include <queue>

namespace gatehouse::simcam {

using std::chrono::steady_clock;

FrameClock::FrameClock(const std::vector<Paced*>& streams) : thread_(&FrameClock::run, this, streams) {}

FrameClock::~FrameClock() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void FrameClock::run(std::vector<Paced*> streams) {
    struct Entry {
        steady_clock::time_point due;
        Paced* stream;
        bool operator<(const Entry& other) const { return due > other.due; }
    };
    // A machine that was too slow for longer than this skips pictures instead of hurrying after them.
    constexpr auto kMaxLag = std::chrono::milliseconds(500);
    std::priority_queue<Entry> queue;
    for (Paced* stream : streams) queue.push({steady_clock::now(), stream});
    std::unique_lock lock(mutex_);
    while (!stopping_ && !queue.empty()) {
        const Entry next = queue.top();
        if (wake_.wait_until(lock, next.due, [this] { return stopping_; })) return;
        lock.unlock();
        queue.pop();
        const auto oldest = steady_clock::now() - kMaxLag;
        queue.push({next.stream->tick(std::max(next.due, oldest)), next.stream});
        lock.lock();
    }
}

}  // namespace gatehouse::simcam
