#include "api/contract/service_answers.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "api/contract/json_fields.h"

namespace gatehouse::api::contract {

namespace {

std::string two_digits(long value) { return (value < 10 ? "0" : "") + std::to_string(value); }

// part of whole in units of 1/(100 * per_percent), rounded to nearest.
long percent(std::uint64_t part, std::uint64_t whole, double per_percent) {
    return whole == 0 ? 0 : std::lround(100.0 * per_percent * static_cast<double>(part) / static_cast<double>(whole));
}

void put_cache_counters(Poco::JSON::Object::Ptr out, const CacheStats& stats) {
    out->set("hits", json_count(stats.hits));
    out->set("misses", json_count(stats.misses));
    out->set("sets", json_count(stats.sets));
    out->set("deletes", json_count(stats.deletes));
    out->set("invalidations", json_count(stats.invalidations));
    out->set("hitRate", hit_rate(stats.hits, stats.misses));
    out->set("size", json_count(stats.entries));
    out->set("bytes", json_count(stats.bytes));
    out->set("evictions", json_count(stats.evictions));
    out->set("joinedFlights", json_count(stats.joined_flights));
}

Poco::JSON::Array::Ptr slow_labels(const db::DbStats& stats) {
    constexpr std::size_t kShown = 10;
    std::vector<std::pair<std::string, db::LabelStats>> labels(stats.labels.begin(), stats.labels.end());
    std::sort(labels.begin(), labels.end(),
              [](const auto& a, const auto& b) { return a.second.total_us > b.second.total_us; });
    labels.resize(std::min(labels.size(), kShown));
    auto out = json_array();
    for (const auto& [label, each] : labels) {
        auto entry = json_object();
        entry->set("label", label);
        entry->set("count", json_count(each.count));
        entry->set("slow", json_count(each.slow));
        entry->set("failed", json_count(each.failed));
        entry->set("totalMs", json_int(each.total_us / 1000));
        entry->set("longestMs", json_int(each.longest_us / 1000));
        out->add(entry);
    }
    return out;
}

}  // namespace

LocalTime local_time(UtcTime time, const std::string& zone_name, long offset_seconds, const std::string& abbreviation) {
    const char sign = offset_seconds < 0 ? '-' : '+';
    const long minutes = std::labs(offset_seconds) / 60;
    std::string stamp = to_iso8601(time + std::chrono::seconds(offset_seconds));
    stamp.pop_back();  // "Z"
    LocalTime out;
    out.timestamp = stamp + sign + two_digits(minutes / 60) + ":" + two_digits(minutes % 60);
    std::string offset = std::string("UTC") + sign + std::to_string(minutes / 60);
    if (minutes % 60 != 0) offset += ":" + two_digits(minutes % 60);
    out.zone = zone_name + " (" + abbreviation + ", " + offset + ")";
    return out;
}

Poco::JSON::Object::Ptr health(bool degraded, UtcTime now, const LocalTime& local, const SecurityFacts& security) {
    auto out = json_object();
    out->set("status", degraded ? "degraded" : "ok");
    out->set("timestamp", to_iso8601(now));
    out->set("timestampLocal", local.timestamp);
    out->set("timezone", local.zone);
    auto facts = json_object();
    facts->set("rateLimiting", security.rate_limiting);
    facts->set("apiKeyValidation", security.api_key_validation);
    facts->set("csrfProtection", security.csrf_protection);
    facts->set("securityHeaders", security.security_headers);
    out->set("security", facts);
    return out;
}

std::string hit_rate(std::uint64_t hits, std::uint64_t misses) {
    if (hits + misses == 0) return "0%";
    const long hundredths = percent(hits, hits + misses, 100);
    return std::to_string(hundredths / 100) + "." + two_digits(hundredths % 100) + "%";
}

Poco::JSON::Object::Ptr cache_stats(const CacheStats& total,
                                    const std::vector<cache::CacheRegistry::NamedStats>& caches,
                                    const std::vector<std::string>& keys) {
    auto out = json_object();
    put_cache_counters(out, total);
    auto key_list = json_array();
    for (const auto& key : keys) key_list->add(key);
    out->set("keys", key_list);
    auto per_cache = json_array();
    for (const auto& each : caches) {
        auto entry = json_object();
        entry->set("name", each.name);
        put_cache_counters(entry, each.stats);
        entry->set("ttlMs", json_int(each.options.ttl.count()));
        entry->set("byteBudget", json_count(each.options.byte_budget));
        per_cache->add(entry);
    }
    out->set("caches", per_cache);
    return out;
}

Poco::JSON::Object::Ptr db_stats(const db::DbStats& stats) {
    auto out = json_object();
    const std::uint64_t leases = stats.read_hits + stats.read_misses;
    out->set("readHits", json_count(stats.read_hits));
    out->set("readMisses", json_count(stats.read_misses));
    out->set("totalQueries", json_count(stats.queries));
    out->set("readPoolSize", json_count(stats.read_open));
    out->set("readPoolInUse", json_count(stats.read_in_use));
    out->set("readPoolAvailable", json_count(stats.read_idle));
    out->set("hitRate", std::to_string(percent(stats.read_hits, leases, 1)) + "%");
    out->set("readPoolLimit", json_count(stats.read_limit));
    out->set("temporaryOpen", json_count(stats.temporary_open));
    out->set("temporaryCreated", json_count(stats.temporary_created));
    out->set("waits", json_count(stats.waits));
    out->set("waitMs", json_int(stats.wait_us / 1000));
    out->set("exhausted", json_count(stats.exhausted));
    out->set("refusedReads", json_count(stats.refused_reads));
    out->set("longLeases", json_count(stats.long_leases));
    out->set("reads", json_count(stats.reads));
    out->set("interrupted", json_count(stats.interrupted));
    out->set("busyErrors", json_count(stats.busy_errors));
    out->set("notAuthorized", json_count(stats.not_authorized));
    out->set("writes", json_count(stats.writes));
    out->set("failedWrites", json_count(stats.failed_writes));
    out->set("refusedWrites", json_count(stats.refused_writes));
    out->set("batches", json_count(stats.batches));
    out->set("syncBatches", json_count(stats.sync_batches));
    out->set("lostBatches", json_count(stats.lost_batches));
    out->set("largestBatch", json_count(stats.largest_batch));
    out->set("writeQueue", json_count(stats.write_queue));
    out->set("factsPublished", json_count(stats.facts_published));
    out->set("factsDelivered", json_count(stats.facts_delivered));
    out->set("factsRetried", json_count(stats.facts_retried));
    out->set("factsExpired", json_count(stats.facts_expired));
    out->set("databaseBytes", json_count(stats.database_bytes));
    out->set("walBytes", json_count(stats.wal_bytes));
    out->set("labels", slow_labels(stats));
    return out;
}

}  // namespace gatehouse::api::contract
