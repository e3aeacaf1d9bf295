// The HTTP front: doors, event loops, connections. Everything the box says over HTTP leaves through here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <Poco/Logger.h>

#include <gatehouse/accounts.h>
#include <gatehouse/cache.h>
#include <gatehouse/clock.h>
#include <gatehouse/metrics.h>

#include "exec/worker_pool.h"

namespace gatehouse::net {
class TlsContext;
}

namespace gatehouse::http {

class RouteTable;

struct FrontOptions {
    std::vector<std::string> listen{"[::]:3000", "0.0.0.0:3000"};  // "address:port", port 0: any free one
    std::vector<std::string> listen_tls;                           // the same, for HTTPS; needs a certificate
    std::vector<std::string> trusted_proxies{"127.0.0.0/8",
                                             "::1"};  // addresses or networks whose X-Forwarded-For counts
    std::vector<std::string> cors_origins;            // "https://host[:port]"; the door's own origin is always allowed
    bool access_log = false;
    std::size_t loops = 0;                           // 0: min(cores, 4); at most 64
    std::size_t max_connections = 10'000;            // further ones get 503 and are closed
    std::size_t max_connections_per_address = 0;     // 0: no limit; trusted proxies are exempt; IPv6 counts per /64
    std::size_t head_limit_bytes = 16 * 1024;        // request line and fields together, 1 KiB..64 KiB; beyond: 431
    std::chrono::milliseconds head_timeout{10'000};  // from the first byte of a head to its end
    std::chrono::milliseconds handshake_timeout{10'000};    // from accept to the end of the TLS handshake
    std::chrono::seconds hsts_max_age{0};                   // Strict-Transport-Security on answers by TLS; 0: none
    std::chrono::milliseconds body_timeout{30'000};         // no byte of a body for so long: 408
    std::chrono::milliseconds idle_timeout{75'000};         // keep-alive without a request
    std::chrono::milliseconds write_stall_timeout{30'000};  // a client that takes no byte for so long is dropped
    // What a client at least sends of a body, and takes of an answer, on average and after a grace of two timeouts.
    std::uint64_t least_bytes_per_second = 1024;
    double rate_per_address = 0;                   // requests per second and client address, 0: off; beyond: 429
    double rate_burst = 0;                         // 0: twice the rate
    std::size_t handshakes_per_address = 0;        // TLS connections per second, ten times as many in a burst; 0: off
    std::string admin_socket;                      // path of the unix door; empty: none
    std::string admin_group = "gatehouse-admin";   // its members may use the unix door, beside root and our own user
    std::chrono::milliseconds public_ttl{30'000};  // of routes cached with kPublicTtl
};

struct BoundAddress {
    std::string address;  // "127.0.0.1", "::"
    std::uint16_t port = 0;
};

// start(), close_doors(), drain() and stop() from one thread, in this order; the rest is thread-safe.
class Front {
public:
    struct Stats {
        std::size_t connections = 0;
        std::uint64_t accepted = 0, requests = 0, bytes_sent = 0, refused = 0, accept_errors = 0;
    };

    // Everything referred to must outlive the front, and handlers' Responders may be used after stop() (to no effect).
    // Throws Error(kInvalidArgument) that names the option where one is malformed.
    Front(FrontOptions options, RouteTable& routes, exec::WorkerPool& workers, Caches& caches, const Accounts& accounts,
          Metrics& metrics, const Clock& clock, Poco::Logger& logger);
    ~Front();  // stop()
    Front(const Front&) = delete;
    Front& operator=(const Front&) = delete;

    // Thread-safe; before start() where there is a TLS door. Connections that are open keep theirs.
    void set_certificate(std::shared_ptr<const net::TlsContext> certificate);
    // Opens all doors, or none: Error(kUnavailable) names the option, the address and the cause. IPv6 addresses are
    // left out, with a warning, where the kernel has no IPv6 and the same option names an IPv4 address.
    void start();
    // Plain TCP doors that are open, in the order of options.listen. Empty before start().
    std::vector<BoundAddress> bound() const;
    std::vector<BoundAddress> bound_tls() const;  // in the order of options.listen_tls

    // Stops accepting (connections the kernel has queued are still taken). Idle connections are closed, busy ones
    // after their current answer, which says Connection: close.
    void close_doors();
    // Waits until no connection is left; false when `limit` was over first. Blocks.
    bool drain(std::chrono::milliseconds limit);
    // Closes what is left and ends the loops. Blocks until their threads have joined.
    void stop();

    void set_public_ttl(std::chrono::milliseconds ttl) noexcept;
    Stats stats() const;
    // How long ago the least recently turning loop turned; loops turn at least every 250 ms. For the watchdog.
    std::chrono::milliseconds longest_silence() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gatehouse::http
