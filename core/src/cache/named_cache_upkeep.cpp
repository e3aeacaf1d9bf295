// What is done to a cache as a whole: dropping, purging, counting, showing.
#include <string>
#include <utility>

#include "cache/named_cache.h"

namespace gatehouse::cache {

template <class Predicate>
std::size_t NamedCache::drop_where(Predicate wanted, std::uint64_t CacheStats::*counter) {
    std::size_t dropped = 0;
    for (auto& part : parts_) {
        Graveyard graveyard;
        dropped += locked(part, [&] {
            const std::size_t found = part.shard.erase_where(wanted, graveyard);
            part.counts.*counter += found;
            return found;
        });
    }
    return dropped;
}

std::size_t NamedCache::drop_tag(std::string_view tag) {
    std::size_t dropped = 0;
    for (auto& part : parts_) {
        Graveyard graveyard;
        dropped += locked(part, [&] {
            const auto found = part.shard.with_tag(tag);
            for (Entry* entry : found) part.shard.erase(*entry, graveyard);
            part.counts.invalidations += found.size();
            return found.size();
        });
    }
    return dropped;
}

void NamedCache::outdate_flights(Part& part, std::string_view part_of_key) {
    const std::lock_guard lock(part.mutex);
    for (auto& [key, flight] : part.flights) {
        if ((name_ + ":" + key).find(part_of_key) != std::string::npos) flight->outdated_at = core_->epochs.advance();
    }
}

std::size_t NamedCache::drop_matching(std::string_view part_of_key) {
    for (auto& part : parts_) outdate_flights(part, part_of_key);
    return drop_where([&](const Entry& e) { return (name_ + ":" + e.key).find(part_of_key) != std::string::npos; },
                      &CacheStats::invalidations);
}

std::size_t NamedCache::drop_all() {
    for (auto& part : parts_) outdate_flights(part, "");
    return drop_where([](const Entry&) { return true; }, &CacheStats::invalidations);
}

std::size_t NamedCache::purge_expired() {
    const auto now = core_->clock.monotonic_now();
    return drop_where([&](const Entry& e) { return look(e, now) == Look::kMiss; }, &CacheStats::evictions);
}

void NamedCache::add_keys(std::vector<std::string>& keys, std::size_t limit) const {
    for (const auto& part : parts_) {
        const std::lock_guard lock(part.mutex);
        part.shard.for_each([&](const Entry& entry) {
            if (keys.size() < limit) keys.push_back(name_ + ":" + entry.key);
        });
    }
}

CacheStats NamedCache::stats() const {
    CacheStats sum;
    for (const auto& part : parts_) {
        const std::lock_guard lock(part.mutex);
        for (auto counter : {&CacheStats::hits, &CacheStats::misses, &CacheStats::sets, &CacheStats::deletes,
                             &CacheStats::invalidations, &CacheStats::evictions, &CacheStats::joined_flights})
            sum.*counter += part.counts.*counter;
        sum.entries += part.shard.entries();
        sum.bytes += part.shard.bytes();
    }
    return sum;
}

void NamedCache::publish_metrics(Metrics& metrics) {
    const MetricLabels labels{{"cache", name_}};
    const auto count = [&](const char* metric, const char* help, std::uint64_t CacheStats::*counter) {
        metrics_ +=
            metrics.observe(metric, help, labels, [this, counter] { return static_cast<double>(stats().*counter); });
    };
    count("gatehouse_cache_hits_total", "Lookups answered from the cache", &CacheStats::hits);
    count("gatehouse_cache_misses_total", "Lookups that found nothing usable", &CacheStats::misses);
    count("gatehouse_cache_sets_total", "Values stored", &CacheStats::sets);
    count("gatehouse_cache_invalidations_total", "Entries dropped by tag or clear", &CacheStats::invalidations);
    count("gatehouse_cache_evictions_total", "Entries dropped for room or age", &CacheStats::evictions);
    count("gatehouse_cache_joined_flights_total", "Misses that joined a load under way", &CacheStats::joined_flights);
    metrics_ +=
        metrics.observe("gatehouse_cache_bytes", "Bytes held", labels, [this] { return static_cast<double>(bytes()); });
    metrics_ += metrics.observe("gatehouse_cache_entries", "Entries held", labels,
                                [this] { return static_cast<double>(stats().entries); });
}

}  // namespace gatehouse::cache
