// The viewers of this moment.
#pragma once

#include <gatehouse/clock.h>
#include <gatehouse/hls_proxy/viewers.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::hls {

struct ViewerSession {
    std::int64_t id = 0;  // unique and rising over restarts: made from the time of its start
    std::int64_t camera_id = 0;
    std::string address;
    std::string user_agent;  // at most 200 bytes
    UtcTime started, ended;  // ended: 0 while it goes on
};

// Thread-safe. touch() is for the loop lane: one shard lock, and memory only for a new viewer.
class ViewerTable final : public hls_proxy::Viewers {
public:
    static constexpr std::size_t kShards = 16;
    static constexpr std::size_t kMostPerShard = 4'096;    // beyond it newcomers are served, but not counted
    static constexpr std::uint32_t kMostPerAddress = 256;  // as well: names of players are made up in no time
    static constexpr std::size_t kMostUserAgent = 200;

    ViewerTable(std::chrono::seconds timeout, const Clock& clock);

    void touch(std::int64_t camera_id, std::string_view address, std::string_view user_agent);
    // Ends the sessions that were not touched within the time-out, and counts the others.
    void sweep();
    // Sessions that began or ended since the last call. A session that did both comes once, ended.
    std::vector<ViewerSession> take_changes();
    // Ends all sessions: the plugin stops.
    void end_all();

    std::size_t active() const override { return counts()->total; }
    std::size_t active(std::int64_t camera_id) const override;
    std::uint64_t uncounted() const noexcept { return uncounted_; }

private:
    struct Viewer {
        ViewerSession session;
        MonotonicTime last_seen{};
        bool told = false;  // take_changes() has given its beginning
    };
    struct Shard {
        std::mutex mutex;
        std::unordered_map<std::uint64_t, Viewer> viewers;
        std::unordered_map<std::uint64_t, std::uint32_t> by_address;  // how many of them
        std::vector<ViewerSession> ended;
    };
    struct Counts {
        std::size_t total = 0;
        std::unordered_map<std::int64_t, std::size_t> by_camera;
    };

    std::uint64_t hash_of(std::string_view address) const noexcept;
    std::int64_t next_id(UtcTime now) noexcept;
    void end(Shard& shard, Viewer& viewer, UtcTime when);
    std::shared_ptr<const Counts> counts() const;
    void end_older_than(MonotonicTime limit);

    const std::chrono::seconds timeout_;
    const Clock& clock_;
    const std::uint64_t seed_;  // random: nobody can choose addresses that fall together
    std::array<Shard, kShards> shards_;
    std::atomic<std::int64_t> last_id_{0};
    std::atomic<std::uint64_t> uncounted_{0};
    mutable std::mutex counts_mutex_;
    std::shared_ptr<const Counts> counts_ = std::make_shared<Counts>();
};

}  // namespace gatehouse::hls
