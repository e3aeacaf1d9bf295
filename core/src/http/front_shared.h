// What all loops of a front share: its options in their parsed form, its collaborators, its limits.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <Poco/Logger.h>

#include <gatehouse/accounts.h>
#include <gatehouse/clock.h>
#include <gatehouse/metrics.h>

#include "exec/worker_pool.h"
#include "http/cors.h"
#include "http/front.h"
#include "net/address.h"
#include "net/address_limits.h"

namespace gatehouse::net {
class TlsContext;
}

namespace gatehouse::http {

class ResponseCache;
class RouteTable;

inline constexpr std::chrono::milliseconds kTick{250};

// Resolved once; the loops keep plain counts and hand them in once per tick.
struct FrontMetrics {
    explicit FrontMetrics(Metrics& metrics);
    Counter* requests_by_class[6];  // [1]..[5]: 1xx..5xx
    Counter* bytes_sent;
    Counter* accepted;
    Counter* accept_errors;
    Counter* refused_total;        // connections beyond max_connections
    Counter* refused_per_address;  // connections beyond max_connections_per_address
    Counter* refused_handshakes;   // connections beyond handshakes_per_address
    Counter* rate_limited;
    Counter* timeouts;        // connections ended by a deadline while a request or an answer was under way
    Counter* worker_refused;  // 503 because a worker queue was full
    Counter* tls_on_plain;    // a ClientHello at a door without TLS
    Counter* plain_on_tls;    // HTTP at a door with TLS
    Counter* handshakes;      // that succeeded
    Counter* handshake_failures;
};

struct FrontShared {
    FrontShared(FrontOptions given, RouteTable& routes, exec::WorkerPool& workers, const Accounts& accounts,
                Metrics& metrics, const Clock& clock, Poco::Logger& logger);

    const FrontOptions options;
    const std::vector<net::IpNetwork> trusted_proxies;
    const Cors cors;
    const std::string transport_security;  // the whole field, "\r\n" included; empty: none
    RouteTable& routes;
    exec::WorkerPool& workers;
    const Accounts& accounts;
    const Clock& clock;
    Poco::Logger& logger;
    FrontMetrics metrics;
    ResponseCache* cache = nullptr;  // set before the loops start

    net::ConnectionCounts per_address;
    net::RateLimiter rate;
    net::RateLimiter handshakes;  // of connections at the TLS door

    std::atomic<std::size_t> connections{0};
    std::atomic<std::uint64_t> accepted{0}, requests{0}, bytes_sent{0}, refused{0}, accept_errors{0};
    std::atomic<bool> closing{false};

    // Of connections that come from now on.
    void set_certificate(std::shared_ptr<const net::TlsContext> certificate);
    std::shared_ptr<const net::TlsContext> certificate() const;

    // Signalled when a connection ends while the doors are closed.
    std::mutex drained_mutex;
    std::condition_variable drained;

    bool is_trusted(const net::IpAddress& ip) const noexcept;

private:
    mutable std::mutex certificate_mutex_;
    std::shared_ptr<const net::TlsContext> certificate_;
};

// Who is at the other end of a connection.
struct Peer {
    net::IpAddress ip;
    std::string text;          // "127.0.0.1"; "unix" at the unix door
    bool loopback = false;     // also at the unix door
    bool trusted = false;      // its X-Forwarded-For counts
    bool secure = false;       // came by a TLS door
    bool counted = false;      // holds a place in per_address
    bool turned_away = false;  // at the unix door without the right to be there
    Caller caller;
};

}  // namespace gatehouse::http
