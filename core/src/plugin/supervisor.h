// The inside of PluginHost: the plugins' states and the one thread that changes them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "plugin/dependency_graph.h"
#include "plugin/plugin_host.h"

namespace gatehouse::plugin {

class PluginHost::Supervisor {
public:
    Supervisor(PluginHostOptions options, PluginDoors& doors, Breadcrumb& breadcrumb, Quarantine& quarantine,
               Poco::Logger& logger);
    ~Supervisor();

    // Runs `work` on the supervisor's thread and gives what it gives. Blocks.
    template <class Fn>
    auto run(Fn work) -> std::invoke_result_t<Fn> {
        std::packaged_task<std::invoke_result_t<Fn>()> task(std::move(work));
        auto future = task.get_future();
        post([&task] { task(); });
        return future.get();
    }

    // On the supervisor's thread only.
    PreparedPlugins prepare(const std::vector<PluginWish>& wishes, ConfigIssues& issues);
    std::vector<std::string> apply(PreparedPlugins prepared);
    void ready();
    void quiesce();
    void stop();
    void set_deadlines(std::chrono::milliseconds start, std::chrono::milliseconds stop);
    bool release(const std::string& plugin);

    // On any thread.
    void hurry() noexcept { patience_.hurry(); }
    std::shared_ptr<const std::vector<PluginState>> states() const;
    bool has_hung_threads() const { return has_hung_.load(); }

private:
    struct Slot {
        PluginWish wish;
        std::shared_ptr<PluginLibrary> library;
        std::unique_ptr<PluginInstance> instance;  // fresh, or running
        PluginStatus status = PluginStatus::kWaiting;
        std::string reason;
        UtcTime since;
        std::uint64_t life = 0;  // tells reports of an earlier life from those of this one
        std::uint64_t restarts = 0, failures_before = 0;
        std::size_t failures_in_a_row = 0;
        MonotonicTime started_at{}, retry_at{};
        PluginHealth health;
        std::vector<Registration> placeholders;
    };
    struct FailureReport {
        std::string plugin;
        std::uint64_t life;
        std::string reason;
    };
    using Slots = std::vector<std::unique_ptr<Slot>>;

    // supervisor.cpp: the thread and what wakes it.
    void post(std::function<void()> work);
    void loop();
    MonotonicTime next_wake() const;
    void handle_reports();
    void handle_timers();
    void read_health();

    // life_cycle.cpp: one plugin at a time.
    Graph graph() const;
    // Starts whatever may run now; blocks what cannot any more.
    void bring_up();
    void start_what_can();
    std::size_t count_unavailable() const;
    bool start_slot(Slot& slot);
    bool make_instance(Slot& slot);
    void fail(Slot& slot, const std::string& reason);
    void mark_failed(Slot& slot, const std::string& reason);
    // Stops the slot and everything that requires it, dependents first; they are left waiting, the slot stopped.
    void take_down(Slot& slot, const std::string& why);
    void stop_slot(Slot& slot, PluginStatus after, const std::string& reason);
    std::vector<Slot*> running_dependents(const Slot& slot) const;
    void set_status(Slot& slot, PluginStatus status, const std::string& reason);
    void check_critical(const Slot& slot);

    // apply.cpp: from one set of plugins to the next.
    void remove_unwished(const std::vector<Candidate>& wanted, std::vector<std::string>& done);
    void apply_one(Candidate candidate, std::vector<std::string>& done);
    void adopt(Slot& slot, Candidate candidate);
    void put_in_order(const std::vector<std::string>& names);
    void say_not_enabled();
    void place_holders(Slot& slot);

    Slot* find(const std::string& name) const;
    void publish();

    PluginHostOptions options_;
    PluginDoors& doors_;
    Breadcrumb& breadcrumb_;
    Quarantine& quarantine_;
    Poco::Logger& logger_;
    Patience patience_;
    ServiceRegistry services_;
    PluginLoader loader_;
    Slots slots_;
    std::vector<std::string> started_;  // running plugins in the order they were started
    std::map<std::string, Registration> not_enabled_;
    bool ready_ = false, closing_ = false, critical_told_ = false;
    std::uint64_t lives_ = 0;
    MonotonicTime health_due_{};
    std::atomic<bool> has_hung_{false};

    mutable std::mutex mutex_;  // of what follows
    std::condition_variable wake_;
    std::deque<std::function<void()>> commands_;
    std::deque<FailureReport> reports_;
    std::shared_ptr<const std::vector<PluginState>> states_;
    bool quit_ = false;

    std::thread thread_;
};

}  // namespace gatehouse::plugin
