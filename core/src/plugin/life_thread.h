// The one thread on which a plugin's life cycle calls run, so that one that hangs holds up nobody else.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "plugin/patience.h"

namespace gatehouse::plugin {

// run() from one thread at a time.
class LifeThread {
public:
    enum class Outcome { kDone, kThrew, kTimedOut };
    struct Result {
        Outcome outcome = Outcome::kDone;
        std::exception_ptr failure;           // of kThrew
        std::chrono::milliseconds waited{0};  // until kTimedOut
    };

    // `patience` must outlive it.
    LifeThread(std::string name, const Patience& patience);
    ~LifeThread();  // joins, unless abandoned
    LifeThread(const LifeThread&) = delete;
    LifeThread& operator=(const LifeThread&) = delete;

    // Runs `work` there and waits. After kTimedOut the thread is abandoned: `work` may still be running and keeps what
    // it has captured; nothing more can be run.
    Result run(std::function<void()> work, std::chrono::milliseconds deadline);
    bool abandoned() const noexcept { return abandoned_; }

private:
    struct State;
    static void loop(const std::shared_ptr<State>& state);

    const Patience& patience_;
    std::shared_ptr<State> state_;
    std::thread thread_;
    bool abandoned_ = false;
};

}  // namespace gatehouse::plugin
