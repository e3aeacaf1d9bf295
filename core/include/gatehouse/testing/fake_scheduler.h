// Timers and posted work that run when a test says so; events, services and metrics that are just there.
#pragma once

#include <gatehouse/error.h>
#include <gatehouse/events.h>
#include <gatehouse/metrics.h>
#include <gatehouse/scheduler.h>
#include <gatehouse/service.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::testing {

// Thread-safe. Nothing runs by itself.
class FakeScheduler final : public Scheduler {
public:
    Registration every(const std::string& name, std::chrono::milliseconds pause, std::function<void()> work) override {
        return add(name, pause, std::move(work), false);
    }
    Registration after(const std::string& name, std::chrono::milliseconds pause, std::function<void()> work) override {
        return add(name, pause, std::move(work), true);
    }
    void post(const std::string&, std::function<void()> work) override {
        std::lock_guard lock(mutex_);
        if (full_) throw Error(ErrorCode::kUnavailable, "the queue is full");
        posted_.push_back(std::move(work));
    }

    // post() throws while it is full.
    void set_full(bool full) { full_ = full; }
    // One turn of the timer of that name, its last where it was set by after(). False where there is none.
    bool fire(const std::string& name) {
        std::unique_lock lock(mutex_);
        const auto it = timers_.find(name);
        if (it == timers_.end()) return false;
        const auto work = it->second.work;
        if (it->second.once) timers_.erase(it);
        lock.unlock();
        work();
        return true;
    }
    // What the timer of that name was set to, from then on; none where there is none.
    std::optional<std::chrono::milliseconds> pause(const std::string& name) {
        std::lock_guard lock(mutex_);
        const auto it = timers_.find(name);
        return it == timers_.end() ? std::nullopt : std::optional(it->second.pause);
    }
    // Runs what was posted, and what that posts. Returns how much it was.
    std::size_t run_posted() {
        std::size_t count = 0;
        for (;; ++count) {
            std::unique_lock lock(mutex_);
            if (posted_.empty()) return count;
            const auto work = std::move(posted_.front());
            posted_.pop_front();
            lock.unlock();
            work();
        }
    }

private:
    struct Timer {
        std::function<void()> work;
        std::chrono::milliseconds pause{};
        bool once = false;
        int id = 0;
    };
    // A name that is there already is replaced.
    Registration add(const std::string& name, std::chrono::milliseconds pause, std::function<void()> work, bool once) {
        std::lock_guard lock(mutex_);
        const int id = ++last_id_;
        timers_[name] = {std::move(work), pause, once, id};
        return Registration([this, name, id] {
            std::lock_guard withdraw(mutex_);
            if (const auto it = timers_.find(name); it != timers_.end() && it->second.id == id) timers_.erase(it);
        });
    }

    std::mutex mutex_;
    int last_id_ = 0;
    std::map<std::string, Timer> timers_;
    std::deque<std::function<void()>> posted_;
    std::atomic<bool> full_{false};
};

// Thread-safe. Subscribers are called inline by publish().
class FakeEvents final : public Events {
public:
    template <class E>
    std::size_t published() const {
        std::lock_guard lock(mutex_);
        const auto it = counts_.find(typeid(E).name());
        return it == counts_.end() ? 0 : it->second;
    }

protected:
    void publish_any(const std::type_info& type, std::any event) override {
        std::unique_lock lock(mutex_);
        ++counts_[type.name()];
        const auto handlers = handlers_[type.name()];
        lock.unlock();
        for (const auto& [id, handler] : handlers) handler(event);
    }
    Registration subscribe_any(const std::type_info& type, const std::string&, std::size_t, Overflow,
                               std::function<void(const std::any&)> handler) override {
        std::lock_guard lock(mutex_);
        const int id = ++last_id_;
        const std::string key = type.name();
        handlers_[key].emplace(id, std::move(handler));
        return Registration([this, key, id] {
            std::lock_guard withdraw(mutex_);
            handlers_[key].erase(id);
        });
    }

private:
    mutable std::mutex mutex_;
    int last_id_ = 0;
    std::map<std::string, std::map<int, std::function<void(const std::any&)>>> handlers_;
    std::map<std::string, std::size_t> counts_;
};

// Thread-safe.
class FakeServices final : public Services {
protected:
    Registration provide_named(const std::string& name, std::shared_ptr<Service> service) override {
        std::lock_guard lock(mutex_);
        if (!services_.emplace(name, std::move(service)).second) throw Error(ErrorCode::kConflict, name + " is taken");
        return Registration([this, name] {
            std::lock_guard withdraw(mutex_);
            services_.erase(name);
        });
    }
    std::shared_ptr<Service> find_named(const std::string& name) const override {
        std::lock_guard lock(mutex_);
        const auto it = services_.find(name);
        return it == services_.end() ? nullptr : it->second;
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Service>> services_;
};

// Thread-safe. Labels are not told apart.
class FakeMetrics final : public Metrics {
public:
    Counter& counter(const std::string& name, const std::string&, const MetricLabels&) override { return at(name); }
    Gauge& gauge(const std::string& name, const std::string&, const MetricLabels&) override { return at(name); }
    Histogram& histogram(const std::string& name, const std::string&, const std::vector<double>&,
                         const MetricLabels&) override {
        return at(name);
    }
    Registration observe(const std::string& name, const std::string&, const MetricLabels&,
                         std::function<double()> read) override {
        std::lock_guard lock(mutex_);
        observed_[name] = std::move(read);
        return Registration([this, name] {
            std::lock_guard withdraw(mutex_);
            observed_.erase(name);
        });
    }
    // The last value of a gauge, the sum of a counter, the number of observations; -1 where the name is unknown.
    double value(const std::string& name) const {
        std::unique_lock lock(mutex_);
        if (const auto it = series_.find(name); it != series_.end()) return it->second->value();
        const auto it = observed_.find(name);
        if (it == observed_.end()) return -1;
        const auto read = it->second;
        lock.unlock();
        return read();
    }

private:
    struct Series final : Counter, Gauge, Histogram {
        void add(double amount) noexcept override {
            std::lock_guard lock(mutex);
            sum += amount;
        }
        double value() const noexcept override {
            std::lock_guard lock(mutex);
            return sum;
        }
        void set(double value) noexcept override {
            std::lock_guard lock(mutex);
            sum = value;
        }
        void observe(double) noexcept override { add(1); }
        mutable std::mutex mutex;
        double sum = 0;
    };
    Series& at(const std::string& name) {
        std::lock_guard lock(mutex_);
        auto& series = series_[name];
        if (!series) series = std::make_unique<Series>();
        return *series;
    }

    mutable std::mutex mutex_;
    std::map<std::string, std::unique_ptr<Series>> series_;
    std::map<std::string, std::function<double()>> observed_;
};

}  // namespace gatehouse::testing
