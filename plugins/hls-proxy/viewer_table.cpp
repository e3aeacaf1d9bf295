#include "viewer_table.h"

#include <algorithm>
#include <functional>
#include <random>
#include <utility>

namespace gatehouse::hls {
namespace {

// Ended sessions that nobody has taken yet; without a reader the newest are kept.
constexpr std::size_t kMostEnded = 4'096;

std::uint64_t combine(std::uint64_t a, std::uint64_t b) noexcept {
    a ^= b + 0x9e3779b97f4a7c15 + (a << 12) + (a >> 4);
    a *= 0xff51afd7ed558ccd;
    return a ^ (a >> 32);
}

std::uint64_t random_seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

ViewerTable::ViewerTable(std::chrono::seconds timeout, const Clock& clock)
    : timeout_(timeout), clock_(clock), seed_(random_seed()) {}

std::uint64_t ViewerTable::hash_of(std::string_view address) const noexcept {
    return combine(seed_, std::hash<std::string_view>{}(address));
}

std::int64_t ViewerTable::next_id(UtcTime now) noexcept {
    std::int64_t last = last_id_;
    std::int64_t next = 0;
    do next = std::max(now.us, last + 1);
    while (!last_id_.compare_exchange_weak(last, next));
    return next;
}

void ViewerTable::touch(std::int64_t camera_id, std::string_view address, std::string_view user_agent) {
    user_agent = user_agent.substr(0, kMostUserAgent);
    const std::uint64_t from = hash_of(address);
    const std::uint64_t key =
        combine(combine(from, static_cast<std::uint64_t>(camera_id)), std::hash<std::string_view>{}(user_agent));
    const MonotonicTime now = clock_.monotonic_now();
    Shard& shard = shards_[from % kShards];
    std::lock_guard lock(shard.mutex);
    if (const auto it = shard.viewers.find(key); it != shard.viewers.end()) {
        it->second.last_seen = now;
        return;
    }
    const auto others = shard.by_address.find(from);
    if (shard.viewers.size() >= kMostPerShard ||
        (others != shard.by_address.end() && others->second >= kMostPerAddress)) {
        ++uncounted_;
        return;
    }
    const UtcTime started = clock_.utc_now();
    Viewer viewer{
        {next_id(started), camera_id, std::string(address), std::string(user_agent), started, {}}, now, false};
    shard.viewers.emplace(key, std::move(viewer));
    ++shard.by_address[from];
}

void ViewerTable::end(Shard& shard, Viewer& viewer, UtcTime when) {
    const auto others = shard.by_address.find(hash_of(viewer.session.address));
    if (--others->second == 0) shard.by_address.erase(others);
    if (shard.ended.size() >= kMostEnded) shard.ended.erase(shard.ended.begin(), shard.ended.begin() + kMostEnded / 2);
    viewer.session.ended = when;
    shard.ended.push_back(std::move(viewer.session));
}

void ViewerTable::end_older_than(MonotonicTime limit) {
    const MonotonicTime now = clock_.monotonic_now();
    const UtcTime utc = clock_.utc_now();
    auto counted = std::make_shared<Counts>();
    for (auto& shard : shards_) {
        std::lock_guard lock(shard.mutex);
        for (auto it = shard.viewers.begin(); it != shard.viewers.end();) {
            Viewer& viewer = it->second;
            if (viewer.last_seen >= limit) {
                ++counted->total;
                ++counted->by_camera[viewer.session.camera_id];
                ++it;
                continue;
            }
            // It ended when it was last seen, not when that was noticed.
            const auto ago = std::chrono::duration_cast<std::chrono::microseconds>(now - viewer.last_seen);
            end(shard, viewer, std::max(UtcTime{utc.us - ago.count()}, viewer.session.started));
            it = shard.viewers.erase(it);
        }
    }
    std::lock_guard lock(counts_mutex_);
    counts_ = std::move(counted);
}

void ViewerTable::sweep() { end_older_than(clock_.monotonic_now() - timeout_); }

void ViewerTable::end_all() { end_older_than(MonotonicTime::max()); }

std::vector<ViewerSession> ViewerTable::take_changes() {
    std::vector<ViewerSession> changes;
    for (auto& shard : shards_) {
        std::lock_guard lock(shard.mutex);
        std::move(shard.ended.begin(), shard.ended.end(), std::back_inserter(changes));
        shard.ended.clear();
        for (auto& [key, viewer] : shard.viewers)
            if (!std::exchange(viewer.told, true)) changes.push_back(viewer.session);
    }
    return changes;
}

std::shared_ptr<const ViewerTable::Counts> ViewerTable::counts() const {
    std::lock_guard lock(counts_mutex_);
    return counts_;
}

std::size_t ViewerTable::active(std::int64_t camera_id) const {
    const auto now = counts();
    const auto it = now->by_camera.find(camera_id);
    return it == now->by_camera.end() ? 0 : it->second;
}

}  // namespace gatehouse::hls
