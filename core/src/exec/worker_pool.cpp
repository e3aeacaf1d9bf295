#include "exec/worker_pool.h"

#include <Poco/Logger.h>
#include <gatehouse/error.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/failure_text.h"
#include "exec/thread_name.h"

namespace gatehouse::exec {
namespace {

using Clock = std::chrono::steady_clock;

struct Item {
    std::string owner;
    std::function<void()> work;
};

}  // namespace

struct WorkerPool::State {
    explicit State(Options given) : options(given) {}

    Options options;
    mutable std::mutex mutex;
    std::condition_variable wake;
    bool stopping = false;
    // Owners that have work; an owner leaves the map with its last item, so the map is bounded by the work queued.
    std::map<std::string, std::deque<std::function<void()>>, std::less<>> queues;
    // The same owners in the order of their turns.
    std::deque<std::string> turns;
    Stats stats;
    Clock::time_point last_progress = Clock::now();
    std::vector<std::thread> threads;

    void run();
    bool take(Item& item);
    bool perform(Item& item);
};

bool WorkerPool::State::take(Item& item) {
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return stopping || !turns.empty(); });
    if (stopping) return false;
    item.owner = std::move(turns.front());
    turns.pop_front();
    const auto queue = queues.find(item.owner);
    item.work = std::move(queue->second.front());
    queue->second.pop_front();
    if (queue->second.empty())
        queues.erase(queue);
    else
        turns.push_back(item.owner);
    --stats.queued;
    ++stats.busy;
    last_progress = Clock::now();
    return true;
}

bool WorkerPool::State::perform(Item& item) {
    const auto failure = failure_of(item.work);
    if (failure) Poco::Logger::get("core.work").error("work of " + item.owner + " failed: " + *failure);
    return !failure;
}

void WorkerPool::State::run() {
    Item item;
    while (take(item)) {
        const bool good = perform(item);
        // Its captures may belong to a plugin that is about to go: they die before the work counts as done.
        item.work = nullptr;
        const std::lock_guard lock(mutex);
        --stats.busy;
        ++(good ? stats.done : stats.failed);
        last_progress = Clock::now();
    }
}

WorkerPool::WorkerPool(Options options) : state_(std::make_unique<State>(options)) {
    constexpr std::size_t kMostThreads = 64;
    if (options.threads < 1 || options.threads > kMostThreads)
        throw Error(ErrorCode::kInvalidArgument,
                    "work.threads must be 1 to 64, not " + std::to_string(options.threads));
    if (options.queue_per_owner < 1)
        throw Error(ErrorCode::kInvalidArgument, "work.queue_per_plugin must be at least 1");
    for (std::size_t i = 0; i < options.threads; ++i) {
        state_->threads.emplace_back([state = state_.get(), i] {
            name_this_thread("work-" + std::to_string(i));
            state->run();
        });
    }
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::try_post(std::string_view owner, std::function<void()> work) {
    {
        const std::lock_guard lock(state_->mutex);
        auto queue = state_->queues.find(owner);
        const bool full = queue != state_->queues.end() && queue->second.size() >= state_->options.queue_per_owner;
        if (state_->stopping || full) {
            ++state_->stats.refused;
            return false;
        }
        if (queue == state_->queues.end()) {
            queue = state_->queues.emplace(std::string(owner), std::deque<std::function<void()>>{}).first;
            state_->turns.push_back(queue->first);
        }
        if (state_->stats.queued == 0) state_->last_progress = Clock::now();
        queue->second.push_back(std::move(work));
        ++state_->stats.queued;
    }
    state_->wake.notify_one();
    return true;
}

void WorkerPool::stop() {
    std::vector<std::thread> threads;
    decltype(state_->queues) dropped;
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
        threads.swap(state_->threads);
        dropped.swap(state_->queues);
        state_->turns.clear();
        state_->stats.queued = 0;
    }
    state_->wake.notify_all();
    for (auto& thread : threads) thread.join();
}

WorkerPool::Stats WorkerPool::stats() const {
    const std::lock_guard lock(state_->mutex);
    return state_->stats;
}

std::chrono::milliseconds WorkerPool::stalled_for() const {
    const std::lock_guard lock(state_->mutex);
    if (state_->stats.queued == 0) return std::chrono::milliseconds{0};
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - state_->last_progress);
}

}  // namespace gatehouse::exec
