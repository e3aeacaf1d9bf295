// What every call from the host into a plugin passes: exceptions end that call only, and the breadcrumb knows of it.
#pragma once

#include <Poco/Logger.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>

#include <gatehouse/metrics.h>

#include "plugin/breadcrumb.h"

namespace gatehouse::plugin {

// One per life of a plugin. Thread-safe. After close() no call goes through any more.
class Firewall : public std::enable_shared_from_this<Firewall> {
public:
    Firewall(std::string plugin, Breadcrumb& breadcrumb, Metrics& metrics, Poco::Logger& logger);

    // One place where the host calls the plugin, e.g. "route hls.playlist". Make it once, call it often. Copyable.
    class Entry {
    public:
        // Runs `fn`; false when it threw (counted and logged) or the firewall is closed.
        template <class Fn>
        bool call(Fn&& fn) const noexcept {
            if (firewall_->closed()) return false;
            const Breadcrumb::Scope scope(firewall_->breadcrumb_, crumb_);
            try {
                fn();
                return true;
            } catch (...) {
                firewall_->report(*this, std::current_exception());
                return false;
            }
        }
        // For calls whose exceptions mean something to the caller: they are passed on, neither counted nor logged.
        template <class Fn>
        void call_through(Fn&& fn) const {
            const Breadcrumb::Scope scope(firewall_->breadcrumb_, crumb_);
            fn();
        }
        // Counts and logs what call_through() let pass, where that is wanted.
        void report(const std::exception_ptr& failure) const noexcept { firewall_->report(*this, failure); }
        bool closed() const noexcept { return firewall_->closed(); }

    private:
        friend class Firewall;
        std::shared_ptr<Firewall> firewall_;
        std::string name_;
        CrumbId crumb_ = 0;
        Counter* failures_ = nullptr;
    };

    // `kind` is one of a few words ("route", "timer", ...) and labels the metric; `name` is what is called.
    Entry entry(const std::string& kind, const std::string& name = {});

    void close() noexcept { closed_.store(true, std::memory_order_release); }
    bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }
    std::uint64_t failures() const noexcept { return failures_.load(std::memory_order_relaxed); }

private:
    void report(const Entry& entry, const std::exception_ptr& failure) noexcept;

    std::string plugin_;
    Breadcrumb& breadcrumb_;
    Metrics& metrics_;
    Poco::Logger& logger_;
    std::atomic<bool> closed_{false};
    std::atomic<std::uint64_t> failures_{0};
};

}  // namespace gatehouse::plugin
