// What all caches of a registry share: the byte account, the tag epochs and the list of caches. Private to the room.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/cache.h>
#include <gatehouse/clock.h>
#include <gatehouse/metrics.h>

namespace gatehouse::cache {

// When was something with this tag last invalidated? A fixed table: tags that share a slot share their epoch, which can
// only keep a fresh value out, never let an old one in. Thread-safe, lock-free.
class TagEpochs {
public:
    std::uint64_t now() const { return epoch_.load(); }
    // Returns the new epoch; values whose computation began before it are old.
    std::uint64_t advance() { return epoch_.fetch_add(1) + 1; }
    std::uint64_t invalidate(std::string_view tag);
    std::uint64_t invalidated_at(std::string_view tag) const;

private:
    static constexpr std::size_t kSlots = 4096;
    static std::size_t slot_of(std::string_view tag) { return std::hash<std::string_view>{}(tag) % kSlots; }

    std::atomic<std::uint64_t> epoch_{1};
    std::array<std::atomic<std::uint64_t>, kSlots> slots_{};
};

class NamedCache;

struct CacheCore {
    CacheCore(std::size_t budget, std::size_t shard_count, const Clock& the_clock, Metrics& the_metrics)
        : global_byte_budget(budget), shards(shard_count), clock(the_clock), metrics(the_metrics) {}

    const std::size_t global_byte_budget;
    const std::size_t shards;
    const Clock& clock;
    Metrics& metrics;
    TagEpochs epochs;
    std::atomic<std::size_t> bytes{0};

    mutable std::mutex mutex;
    // A name stays taken until its cache is quite gone, so its metrics never meet those of a successor.
    std::map<std::string, std::weak_ptr<NamedCache>> caches;
    CacheStats gone;  // counters of caches that are no more

    // The caches there are, by name. They may be let go by the caller only outside `mutex`.
    std::vector<std::shared_ptr<NamedCache>> all() const;
    // Evicts from the largest cache until the global budget holds, but not the entry just stored in `storing` (its
    // touch order is `kept_order`, 0: none). Call without any shard lock.
    void keep_global_budget(const NamedCache& storing, std::uint64_t kept_order);
};

}  // namespace gatehouse::cache
