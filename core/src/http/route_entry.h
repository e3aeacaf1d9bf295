// One registered route: its declaration, and the gate through which every call of its handler passes.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gatehouse/http.h>
#include <gatehouse/metrics.h>

#include "http/route_pattern.h"

namespace gatehouse::http {

// Thread-safe.
class RouteEntry {
public:
    RouteEntry(std::string owner, Route route, std::vector<PatternSegment> segments, Counter& failures)
        : owner_(std::move(owner)), route_(std::move(route)), segments_(std::move(segments)), failures_(failures) {}
    RouteEntry(const RouteEntry&) = delete;
    RouteEntry& operator=(const RouteEntry&) = delete;

    // A call in progress. The handler, and what it captured, live until the last call has left.
    class Call {
    public:
        explicit Call(RouteEntry& entry);
        ~Call();
        Call(const Call&) = delete;
        Call& operator=(const Call&) = delete;
        // False where the route has been withdrawn; then the handler must not be called.
        explicit operator bool() const noexcept { return admitted_; }
        void run(Request& request, Responder responder) { entry_.route_.handler(request, std::move(responder)); }

    private:
        friend class RouteEntry;
        RouteEntry& entry_;
        Call* outer_;
        bool admitted_;
    };

    // No call begins after it. Waits for the running ones, unless it is called from inside one; the handler is
    // destroyed when the last has left. Once only.
    void withdraw();

    const std::string& owner() const noexcept { return owner_; }
    const Route& route() const noexcept { return route_; }
    const std::vector<PatternSegment>& segments() const noexcept { return segments_; }
    void count_failure() noexcept { failures_.add(); }

private:
    bool called_by_this_thread() const noexcept;

    const std::string owner_;
    Route route_;
    const std::vector<PatternSegment> segments_;
    Counter& failures_;
    std::atomic<std::uint32_t> running_{0};
    std::atomic<bool> withdrawn_{false};
    std::atomic<bool> last_call_drops_{false};
};

}  // namespace gatehouse::http
