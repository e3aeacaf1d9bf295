// Health, cache and database statistics in the documented answers. Pure.
#pragma once

#include <Poco/JSON/Object.h>

#include <string>
#include <vector>

#include <gatehouse/clock.h>

#include "cache/cache_registry.h"
#include "db/db_types.h"

namespace gatehouse::api::contract {

// What really protects the HTTP interface at this moment.
struct SecurityFacts {
    bool rate_limiting = false, api_key_validation = false, csrf_protection = false, security_headers = false;
};

// The machine's place in time at one moment.
struct LocalTime {
    std::string timestamp;  // "2026-02-19T10:00:00.000+07:00"
    std::string zone;       // "Asia/Jakarta (WIB, UTC+7)"
};
LocalTime local_time(UtcTime time, const std::string& zone_name, long offset_seconds, const std::string& abbreviation);

// GET /health as everybody sees it.
Poco::JSON::Object::Ptr health(bool degraded, UtcTime now, const LocalTime& local, const SecurityFacts& security);

// "95.67%": two decimals; "0%" before any look-up.
std::string hit_rate(std::uint64_t hits, std::uint64_t misses);
// `data` of GET /api/cache/stats: hits, misses, sets, deletes, invalidations, hitRate, size, keys, and `caches` with
// the same per cache.
Poco::JSON::Object::Ptr cache_stats(const CacheStats& total,
                                    const std::vector<cache::CacheRegistry::NamedStats>& caches,
                                    const std::vector<std::string>& keys);
// `data` of GET /api/admin/db/stats: the original system's names first, then ours.
Poco::JSON::Object::Ptr db_stats(const db::DbStats& stats);

}  // namespace gatehouse::api::contract
