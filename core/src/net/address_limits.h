// What one address may have: so many connections, so many requests per second.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>

#include "net/address.h"

namespace gatehouse::net {

// Thread-safe; locks briefly.
class ConnectionCounts {
public:
    // limit 0: no limit.
    explicit ConnectionCounts(std::size_t limit) : limit_(limit) {}
    // False, and nothing taken, where the address has as many as it may.
    bool take(const IpAddress& address);
    void give_back(const IpAddress& address);

private:
    const std::size_t limit_;
    std::mutex mutex_;
    std::map<IpAddress, std::size_t> counts_;
};

// A token bucket per address. Thread-safe; locks briefly. Holds at most max_addresses buckets: full ones are forgotten
// first, and a table full of busy addresses refuses new ones, which is what a flood deserves.
class RateLimiter {
public:
    using Time = std::chrono::steady_clock::time_point;
    // rate: tokens per second, 0 admits everything; burst: the size of the bucket, at least 1.
    RateLimiter(double rate, double burst, std::size_t max_addresses = 65'536);
    bool enabled() const noexcept { return rate_ > 0; }
    // Zero: admitted. Else how long until one token is there.
    std::chrono::milliseconds take(const IpAddress& address, Time now);

private:
    struct Bucket {
        double tokens;
        Time at;
    };
    void forget_full(Time now);
    double filled(const Bucket& bucket, Time now) const;

    const double rate_, burst_;
    const std::size_t max_addresses_;
    std::mutex mutex_;
    std::map<IpAddress, Bucket> buckets_;
    Time last_sweep_{};
};

}  // namespace gatehouse::net
