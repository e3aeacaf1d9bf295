#include "net/address_limits.h"

#include <algorithm>
#include <cmath>

namespace gatehouse::net {

bool ConnectionCounts::take(const IpAddress& address) {
    if (limit_ == 0) return true;
    const std::lock_guard lock(mutex_);
    std::size_t& count = counts_[subscriber_of(address)];
    if (count >= limit_) return false;
    ++count;
    return true;
}

void ConnectionCounts::give_back(const IpAddress& address) {
    if (limit_ == 0) return;
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(subscriber_of(address));
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
}

RateLimiter::RateLimiter(double rate, double burst, std::size_t max_addresses)
    : rate_(rate), burst_(std::max(1.0, burst)), max_addresses_(max_addresses) {}

double RateLimiter::filled(const Bucket& bucket, Time now) const {
    const double seconds = std::max(0.0, std::chrono::duration<double>(now - bucket.at).count());
    return std::min(burst_, bucket.tokens + seconds * rate_);
}

void RateLimiter::forget_full(Time now) {
    if (now - last_sweep_ < std::chrono::seconds(1)) return;  // a full table must not cost a sweep per request
    last_sweep_ = now;
    std::erase_if(buckets_, [&](const auto& item) { return filled(item.second, now) >= burst_; });
}

std::chrono::milliseconds RateLimiter::take(const IpAddress& address, Time now) {
    if (!enabled()) return std::chrono::milliseconds::zero();
    const std::lock_guard lock(mutex_);
    const IpAddress key = subscriber_of(address);
    auto found = buckets_.find(key);
    if (found == buckets_.end()) {
        if (buckets_.size() >= max_addresses_) forget_full(now);
        if (buckets_.size() >= max_addresses_) return std::chrono::seconds(1);
        found = buckets_.emplace(key, Bucket{burst_, now}).first;
    }
    Bucket& bucket = found->second;
    bucket.tokens = filled(bucket, now);
    bucket.at = now;
    if (bucket.tokens < 1) {
        const double seconds = (1 - bucket.tokens) / rate_;
        return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(std::min(seconds, 3600.0) * 1000)));
    }
    bucket.tokens -= 1;
    return std::chrono::milliseconds::zero();
}

}  // namespace gatehouse::net
