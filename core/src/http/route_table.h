// The routes of the whole process: an immutable set that every loop reads without a lock, replaced on each change.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/http.h>
#include <gatehouse/metrics.h>
#include <gatehouse/registration.h>

namespace gatehouse::http {

class RouteEntry;
class RouteSet;
struct Placeholder;

// Thread-safe. Registering and withdrawing lock and may wait for a running handler; looking up does neither.
//
// Withdrawing waits until the handler calls that are running have left (a handler that kept its Responder for later has
// left), except when it is done from inside such a call. Requests already queued for a withdrawn route get 503.
class RouteTable final : public Router {
public:
    explicit RouteTable(Metrics& metrics);
    ~RouteTable() override;
    RouteTable(const RouteTable&) = delete;
    RouteTable& operator=(const RouteTable&) = delete;

    // A route of the core itself, under any prefix.
    [[nodiscard]] Registration route(Route route) override;

    // The view of one plugin: its routes lie under `prefixes` ("/hls" admits "/hls" and "/hls/..."), its worker-lane
    // handlers queue under its name. Must not outlive the table.
    [[nodiscard]] std::unique_ptr<Router> for_owner(std::string owner, std::vector<std::string> prefixes);

    // Answers everything under `prefix` that no route matches: 503 for a plugin that is down, 404 for one that is not
    // enabled. retry_after_s: 0 for no Retry-After. The longest prefix wins, then the latest placeholder.
    [[nodiscard]] Registration placeholder(std::string prefix, int status, std::string message, int retry_after_s);

    // For the loops: the version changes with every change of the set; loads are cheap enough for each request.
    std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
    std::shared_ptr<const RouteSet> snapshot() const;

    struct Listed {
        std::string owner, name, pattern, methods;
    };
    std::vector<Listed> list() const;

private:
    Registration add(const std::string& owner, const std::vector<std::string>& prefixes, Route route);
    void withdraw(const std::shared_ptr<RouteEntry>& entry);
    // With mutex_ held.
    void publish(std::vector<std::shared_ptr<RouteEntry>> entries,
                 std::vector<std::shared_ptr<const Placeholder>> placeholders);

    Metrics& metrics_;
    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<RouteEntry>> entries_;
    std::vector<std::shared_ptr<const Placeholder>> placeholders_;
    std::shared_ptr<const RouteSet> set_;
    std::atomic<std::uint64_t> version_{1};
};

}  // namespace gatehouse::http
