// The host's cache registry: every named cache of core and plugins under one byte budget.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/cache.h>
#include <gatehouse/clock.h>
#include <gatehouse/metrics.h>

namespace gatehouse::cache {

struct CacheRegistryOptions {
    std::size_t global_byte_budget = 64u << 20;  // over all caches; at least 64 KiB
    std::size_t shards = 8;                      // per cache, 1..64
};

// Thread-safe, never blocks beyond short locks. Caches may outlive the registry object, clock and metrics may not be
// outlived by it.
//
// What an entry costs is the caller's `bytes` plus its key, its tags and a fixed overhead, so that a cache of small or
// free values is bounded as well. Eviction is a segmented LRU: new entries wait in probation, a second use moves them
// to the protected segment (at most 80 % of the budget). When the global budget is exceeded the largest cache gives
// first.
//
// Counting: a lookup is a hit or a miss; one that joins a flight is a miss and a joined flight, so misses minus joined
// flights is the number of loads begun. A stale value served while it is renewed is a hit, a remembered failure as
// well. Removal by erase() counts as deletes, by tag or clear() as invalidations, by room or age as evictions.
class CacheRegistry final : public Caches {
public:
    using Options = CacheRegistryOptions;

    struct NamedStats {
        std::string name;
        CacheOptions options;
        CacheStats stats;
    };

    CacheRegistry(Options options, const Clock& clock, Metrics& metrics);
    ~CacheRegistry() override;

    std::shared_ptr<CacheStore> create(const std::string& name, const CacheOptions& options) override;
    std::size_t invalidate(std::string_view tag) override;

    // Sums over the caches there are; counters of caches that have gone stay counted.
    CacheStats stats() const;
    // By name.
    std::vector<NamedStats> per_cache() const;
    // At most `limit` keys as "<cache>:<key>", in no particular order; for an operator's eyes.
    std::vector<std::string> keys(std::size_t limit) const;
    // Drops every entry whose "<cache>:<key>" holds `part` (not empty); flights under way of such keys are not stored.
    std::size_t erase_matching(std::string_view part);
    // Drops everything; flights under way are not stored. Returns the number of entries dropped.
    std::size_t clear();
    // Drops what is past its use; find() never gives such an entry anyway, so this only returns memory early.
    std::size_t purge_expired();

private:
    struct Core;
    std::shared_ptr<Core> core_;
};

}  // namespace gatehouse::cache
