#include "plugin/life_thread.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include <gatehouse/error.h>

#include "exec/thread_name.h"

namespace gatehouse::plugin {

namespace {
constexpr std::chrono::milliseconds kStep{100};
}

struct LifeThread::State {
    std::mutex mutex;
    std::condition_variable changed;
    std::function<void()> work;
    std::exception_ptr failure;
    bool busy = false, quit = false;
};

LifeThread::LifeThread(std::string name, const Patience& patience)
    : patience_(patience), state_(std::make_shared<State>()) {
    thread_ = std::thread([state = state_, name = std::move(name)] {
        exec::name_this_thread(name);
        loop(state);
    });
}

LifeThread::~LifeThread() {
    if (abandoned_) return;
    {
        const std::lock_guard lock(state_->mutex);
        state_->quit = true;
    }
    state_->changed.notify_all();
    thread_.join();
}

void LifeThread::loop(const std::shared_ptr<State>& state) {
    std::unique_lock lock(state->mutex);
    while (true) {
        state->changed.wait(lock, [&] { return state->busy || state->quit; });
        if (!state->busy) return;
        auto work = std::move(state->work);
        lock.unlock();
        std::exception_ptr failure;
        try {
            work();
        } catch (...) {
            failure = std::current_exception();
        }
        work = nullptr;  // what it captured goes before anybody is told that it is done
        lock.lock();
        state->failure = failure;
        state->busy = false;
        state->changed.notify_all();
    }
}

LifeThread::Result LifeThread::run(std::function<void()> work, std::chrono::milliseconds deadline) {
    if (abandoned_) throw Error(ErrorCode::kInternal, "the life thread was abandoned");
    std::unique_lock lock(state_->mutex);
    state_->work = std::move(work);
    state_->failure = nullptr;
    state_->busy = true;
    state_->changed.notify_all();
    // In steps, because the deadline shrinks when the service is in a hurry.
    const auto begun = std::chrono::steady_clock::now();
    const auto waited = [&] {
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    };
    const auto left = [&] { return patience_.left(deadline, waited()); };
    for (auto rest = left(); state_->busy && rest.count() > 0; rest = left())
        state_->changed.wait_for(lock, std::min(rest, kStep), [&] { return !state_->busy; });
    if (state_->busy) {
        abandoned_ = true;
        state_->quit = true;  // should the call ever return, its thread ends
        thread_.detach();
        return {Outcome::kTimedOut, nullptr, waited()};
    }
    if (state_->failure) return {Outcome::kThrew, state_->failure, {}};
    return {};
}

}  // namespace gatehouse::plugin
