#include "cache/cache_registry.h"

#include <gatehouse/error.h>

#include <algorithm>

#include "cache/cache_core.h"
#include "cache/named_cache.h"

namespace gatehouse::cache {
namespace {

bool good_name(const std::string& name) {
    constexpr std::size_t kLongest = 64;
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    };
    return !name.empty() && name.size() <= kLongest && std::all_of(name.begin(), name.end(), allowed);
}

void add(CacheStats& sum, const CacheStats& more) {
    for (auto counter : {&CacheStats::hits, &CacheStats::misses, &CacheStats::sets, &CacheStats::deletes,
                         &CacheStats::invalidations, &CacheStats::evictions, &CacheStats::joined_flights})
        sum.*counter += more.*counter;
    sum.entries += more.entries;
    sum.bytes += more.bytes;
}

}  // namespace

struct CacheRegistry::Core : CacheCore {
    using CacheCore::CacheCore;
};

CacheRegistry::CacheRegistry(Options options, const Clock& clock, Metrics& metrics)
    : core_(std::make_shared<Core>(options.global_byte_budget, options.shards, clock, metrics)) {
    constexpr std::size_t kSmallestBudget = 64u << 10;
    if (options.global_byte_budget < kSmallestBudget)
        throw Error(ErrorCode::kInvalidArgument, "cache.memory must be at least 64 KiB");
    if (options.shards < 1 || options.shards > 64)
        throw Error(ErrorCode::kInvalidArgument, "a cache has 1 to 64 shards");
}

CacheRegistry::~CacheRegistry() = default;

std::shared_ptr<CacheStore> CacheRegistry::create(const std::string& name, const CacheOptions& options) {
    if (!good_name(name))
        throw Error(ErrorCode::kInvalidArgument, "cache name '" + name + "' does not match [a-z0-9._-]+");
    if (options.ttl.count() <= 0 || options.stale_for.count() < 0 || options.negative_ttl.count() < 0)
        throw Error(ErrorCode::kInvalidArgument, "cache " + name + ": times must be positive");
    std::shared_ptr<NamedCache> cache;
    {
        const std::lock_guard lock(core_->mutex);
        if (core_->caches.contains(name))
            throw Error(ErrorCode::kConflict, "there is a cache named " + name + " already");
        cache = std::make_shared<NamedCache>(core_, name, options);
        core_->caches.emplace(name, cache);
    }
    cache->publish_metrics(core_->metrics);
    return cache;
}

std::size_t CacheRegistry::invalidate(std::string_view tag) {
    core_->epochs.invalidate(tag);
    std::size_t dropped = 0;
    for (const auto& cache : core_->all()) dropped += cache->drop_tag(tag);
    return dropped;
}

CacheStats CacheRegistry::stats() const {
    CacheStats sum;
    for (const auto& cache : core_->all()) add(sum, cache->stats());
    const std::lock_guard lock(core_->mutex);
    add(sum, core_->gone);
    return sum;
}

std::vector<CacheRegistry::NamedStats> CacheRegistry::per_cache() const {
    std::vector<NamedStats> result;
    for (const auto& cache : core_->all()) result.push_back({cache->name(), cache->options(), cache->stats()});
    return result;
}

std::vector<std::string> CacheRegistry::keys(std::size_t limit) const {
    std::vector<std::string> result;
    for (const auto& cache : core_->all()) cache->add_keys(result, limit);
    return result;
}

std::size_t CacheRegistry::erase_matching(std::string_view part) {
    if (part.empty()) throw Error(ErrorCode::kInvalidArgument, "the part of the key to look for must not be empty");
    std::size_t dropped = 0;
    for (const auto& cache : core_->all()) dropped += cache->drop_matching(part);
    return dropped;
}

std::size_t CacheRegistry::clear() {
    std::size_t dropped = 0;
    for (const auto& cache : core_->all()) dropped += cache->drop_all();
    return dropped;
}

std::size_t CacheRegistry::purge_expired() {
    std::size_t dropped = 0;
    for (const auto& cache : core_->all()) dropped += cache->purge_expired();
    return dropped;
}

}  // namespace gatehouse::cache
