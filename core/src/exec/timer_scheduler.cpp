#include "exec/timer_scheduler.h"

#include <gatehouse/error.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/failure_text.h"
#include "exec/call_gate.h"
#include "exec/thread_name.h"

namespace gatehouse::exec {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kShortestInterval{10};
constexpr milliseconds kLongestDelay = std::chrono::hours(24 * 30);
// How soon a one-time turn that found the owner's queue full is offered again.
constexpr milliseconds kRetryRefused{50};

// Work with a name that can be withdrawn: a timer's, or a single posted piece.
struct Job {
    std::string name, owner;
    milliseconds interval{0};  // 0: one time
    std::function<void()> work;
    CallGate gate;
    // Posted and not yet finished; a second turn is skipped meanwhile.
    std::atomic<bool> under_way{false};
    Counter* turns = nullptr;
    Counter* skipped = nullptr;
    Counter* failed = nullptr;
    bool withdrawn = false;  // under State::mutex
};
using JobPtr = std::shared_ptr<Job>;

}  // namespace

struct TimerScheduler::State : std::enable_shared_from_this<TimerScheduler::State> {
    State(WorkerPool& p, Metrics& m, Poco::Logger& l) : pool(p), metrics(m), logger(l) {}

    WorkerPool& pool;
    Metrics& metrics;
    Poco::Logger& logger;
    std::mutex mutex;
    std::condition_variable wake;
    std::multimap<Clock::time_point, JobPtr> due;
    bool stopping = false;
    std::thread thread;

    JobPtr make_job(const std::string& owner, const std::string& name, milliseconds interval,
                    std::function<void()> work);
    void schedule(const JobPtr& job, Clock::time_point when);
    void withdraw(const JobPtr& job);
    bool post(const JobPtr& job, std::function<void()> finished);
    std::vector<std::pair<Clock::time_point, JobPtr>> take_due(std::unique_lock<std::mutex>& lock);
    void fire(const JobPtr& job, Clock::time_point planned);
    void loop();
    void run(Job& job);
};

JobPtr TimerScheduler::State::make_job(const std::string& owner, const std::string& name, milliseconds interval,
                                       std::function<void()> work) {
    auto job = std::make_shared<Job>();
    job->name = name;
    job->owner = owner;
    job->interval = interval;
    job->work = std::move(work);
    const MetricLabels labels{{"owner", owner}, {"timer", name}};
    job->turns = &metrics.counter("gatehouse_scheduler_turns_total", "Turns of timers and posted work begun", labels);
    job->skipped = &metrics.counter("gatehouse_scheduler_skipped_total",
                                    "Turns skipped because the one before still ran or the queue was full", labels);
    job->failed = &metrics.counter("gatehouse_scheduler_failed_total", "Turns ended by an exception", labels);
    return job;
}

void TimerScheduler::State::schedule(const JobPtr& job, Clock::time_point when) {
    {
        const std::lock_guard lock(mutex);
        if (stopping || job->withdrawn) return;
        due.emplace(when, job);
    }
    wake.notify_one();
}

void TimerScheduler::State::withdraw(const JobPtr& job) {
    {
        const std::lock_guard lock(mutex);
        job->withdrawn = true;
        std::erase_if(due, [&](const auto& item) { return item.second == job; });
    }
    // The captures die with the registration, unless this very turn withdraws itself; then run() lets them go.
    const bool from_inside = job->gate.close();
    if (!from_inside) job->work = nullptr;
}

void TimerScheduler::State::run(Job& job) {
    const CallGate::Pass pass(job.gate);
    if (!pass) return;
    job.turns->add();
    if (const auto failure = failure_of(job.work)) {
        job.failed->add();
        logger.error("timer " + job.name + " (" + job.owner + ") failed: " + *failure);
    }
    if (job.interval == milliseconds{0} || job.gate.closed()) job.work = nullptr;
}

bool TimerScheduler::State::post(const JobPtr& job, std::function<void()> finished) {
    job->under_way = true;
    const bool taken = pool.try_post(job->owner, [self = shared_from_this(), job, finished = std::move(finished)] {
        self->run(*job);
        job->under_way = false;
        if (finished) finished();
    });
    if (!taken) job->under_way = false;
    return taken;
}

std::vector<std::pair<Clock::time_point, JobPtr>> TimerScheduler::State::take_due(std::unique_lock<std::mutex>& lock) {
    const auto ready = [&] { return stopping || (!due.empty() && due.begin()->first <= Clock::now()); };
    while (!ready()) {
        if (due.empty()) {
            wake.wait(lock);
        } else {
            const auto next = due.begin()->first;
            wake.wait_until(lock, next);
        }
    }
    std::vector<std::pair<Clock::time_point, JobPtr>> taken;
    if (stopping) return taken;
    const auto end = due.upper_bound(Clock::now());
    taken.assign(due.begin(), end);
    due.erase(due.begin(), end);
    return taken;
}

void TimerScheduler::State::fire(const JobPtr& job, Clock::time_point planned) {
    const bool one_time = job->interval == milliseconds{0};
    const bool taken = !job->under_way && post(job, nullptr);
    if (!taken) job->skipped->add();
    if (one_time && !taken) schedule(job, Clock::now() + kRetryRefused);
    // Turns that were missed altogether (a suspended machine) are not made up for.
    if (!one_time) schedule(job, std::max(planned + job->interval, Clock::now()));
}

void TimerScheduler::State::loop() {
    name_this_thread("timer");
    std::unique_lock lock(mutex);
    while (!stopping) {
        const auto taken = take_due(lock);
        lock.unlock();
        for (const auto& [planned, job] : taken) fire(job, planned);
        lock.lock();
    }
}

class TimerScheduler::OwnerScheduler final : public Scheduler {
public:
    OwnerScheduler(std::shared_ptr<State> state, std::string owner)
        : state_(std::move(state)), owner_(std::move(owner)), jobs_(std::make_shared<Jobs>()) {}

    ~OwnerScheduler() override {
        std::map<Job*, JobPtr> left;
        {
            const std::lock_guard lock(jobs_->mutex);
            left.swap(jobs_->items);
        }
        for (auto& [key, job] : left) state_->withdraw(job);
    }

    Registration every(const std::string& name, milliseconds interval, std::function<void()> work) override {
        if (interval < kShortestInterval || interval > kLongestDelay)
            throw Error(ErrorCode::kInvalidArgument, "timer " + name + ": the interval must be 10 ms to 30 days");
        return add(state_->make_job(owner_, name, interval, std::move(work)), interval);
    }

    Registration after(const std::string& name, milliseconds delay, std::function<void()> work) override {
        if (delay < milliseconds{0} || delay > kLongestDelay)
            throw Error(ErrorCode::kInvalidArgument, "timer " + name + ": the delay must be 0 to 30 days");
        return add(state_->make_job(owner_, name, milliseconds{0}, std::move(work)), delay);
    }

    void post(const std::string& name, std::function<void()> work) override {
        const auto job = state_->make_job(owner_, name, milliseconds{0}, std::move(work));
        jobs_->add(job);
        const bool taken = state_->post(job, [jobs = jobs_, key = job.get()] { jobs->remove(key); });
        if (taken) return;
        jobs_->remove(job.get());
        throw Error(ErrorCode::kUnavailable, "work " + name + " refused: the work queue of " + owner_ + " is full");
    }

private:
    struct Jobs {
        std::mutex mutex;
        std::map<Job*, JobPtr> items;
        void add(const JobPtr& job) {
            const std::lock_guard lock(mutex);
            items.emplace(job.get(), job);
        }
        void remove(Job* job) {
            const std::lock_guard lock(mutex);
            items.erase(job);
        }
    };

    Registration add(const JobPtr& job, milliseconds delay) {
        jobs_->add(job);
        state_->schedule(job, Clock::now() + delay);
        return Registration([state = state_, jobs = jobs_, job] {
            jobs->remove(job.get());
            state->withdraw(job);
        });
    }

    std::shared_ptr<State> state_;
    std::string owner_;
    std::shared_ptr<Jobs> jobs_;
};

TimerScheduler::TimerScheduler(WorkerPool& pool, Metrics& metrics, Poco::Logger& logger)
    : state_(std::make_shared<State>(pool, metrics, logger)), core_(std::make_unique<OwnerScheduler>(state_, "core")) {
    state_->thread = std::thread([state = state_.get()] { state->loop(); });
}

TimerScheduler::~TimerScheduler() {
    stop();
    core_.reset();
}

void TimerScheduler::stop() {
    decltype(state_->due) dropped;
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
        dropped.swap(state_->due);
    }
    state_->wake.notify_all();
    if (state_->thread.joinable()) state_->thread.join();
}

Registration TimerScheduler::every(const std::string& name, milliseconds interval, std::function<void()> work) {
    return core_->every(name, interval, std::move(work));
}

Registration TimerScheduler::after(const std::string& name, milliseconds delay, std::function<void()> work) {
    return core_->after(name, delay, std::move(work));
}

void TimerScheduler::post(const std::string& name, std::function<void()> work) { core_->post(name, std::move(work)); }

std::unique_ptr<Scheduler> TimerScheduler::for_owner(std::string owner) {
    return std::make_unique<OwnerScheduler>(state_, std::move(owner));
}

}  // namespace gatehouse::exec
