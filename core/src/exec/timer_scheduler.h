// Timers for everybody: one thread, `timer`, that only posts to the worker lane.
#pragma once

#include <Poco/Logger.h>

#include <memory>
#include <string>

#include <gatehouse/metrics.h>
#include <gatehouse/scheduler.h>

#include "exec/worker_pool.h"

namespace gatehouse::exec {

// Thread-safe. Used directly it posts as owner "core"; plugins get a view of their own by for_owner(). Withdrawing a
// timer waits for a turn that is running, except from inside that turn.
//
// Counted: gatehouse_scheduler_turns_total, gatehouse_scheduler_skipped_total and gatehouse_scheduler_failed_total,
// each by timer. A turn that finds the owner's queue full counts as skipped; a one-time turn is tried again until it is
// taken.
class TimerScheduler final : public Scheduler {
public:
    TimerScheduler(WorkerPool& pool, Metrics& metrics, Poco::Logger& logger);
    ~TimerScheduler() override;  // stop()

    [[nodiscard]] Registration every(const std::string& name, std::chrono::milliseconds interval,
                                     std::function<void()> work) override;
    [[nodiscard]] Registration after(const std::string& name, std::chrono::milliseconds delay,
                                     std::function<void()> work) override;
    void post(const std::string& name, std::function<void()> work) override;

    // A view whose work runs under this owner's bounded queue. Destroying the view withdraws what it has left: timers
    // that were not closed, and posted work, of which it waits for what is running. It must not outlive the scheduler.
    std::unique_ptr<Scheduler> for_owner(std::string owner);

    // No turn begins after it has returned; turns already on the worker lane are not waited for.
    void stop();

private:
    class OwnerScheduler;
    struct State;
    std::shared_ptr<State> state_;
    std::unique_ptr<Scheduler> core_;
};

}  // namespace gatehouse::exec
