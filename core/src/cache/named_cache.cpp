#include "cache/named_cache.h"

#include <gatehouse/error.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace gatehouse::cache {
namespace {

// List node, table slot and index entries, roughly.
constexpr std::size_t kEntryOverheadBytes = 200;
constexpr std::size_t kLongestKey = 2048;
constexpr std::size_t kMostTags = 32;
constexpr std::size_t kMostWaiters = 100'000;
constexpr std::size_t kProtectedPercent = 80;

std::size_t cost_of(std::string_view key, const CacheValue& value) {
    std::size_t cost = kEntryOverheadBytes + key.size();
    for (const auto& tag : value.tags) cost += kEntryOverheadBytes + tag.size();
    return value.bytes > std::numeric_limits<std::size_t>::max() - cost ? std::numeric_limits<std::size_t>::max()
                                                                        : value.bytes + cost;
}

}  // namespace

NamedCache::NamedCache(std::shared_ptr<CacheCore> core, std::string name, const CacheOptions& options)
    : core_(std::move(core)),
      name_(std::move(name)),
      options_(options),
      parts_(core_->shards),
      callback_failures_(core_->metrics.counter("gatehouse_cache_callback_failures_total",
                                                "Waiters of a cache load that threw", {{"cache", name_}})) {}

NamedCache::~NamedCache() {
    metrics_.clear();
    const CacheStats last = stats();
    core_->bytes -= bytes_.load();
    const std::lock_guard lock(core_->mutex);
    auto& gone = core_->gone;
    for (auto counter : {&CacheStats::hits, &CacheStats::misses, &CacheStats::sets, &CacheStats::deletes,
                         &CacheStats::invalidations, &CacheStats::evictions, &CacheStats::joined_flights})
        gone.*counter += last.*counter;
    core_->caches.erase(name_);
}

NamedCache::Part& NamedCache::part_of(std::string_view key) {
    // The table inside the shard uses the low bits of the same hash, so the shard takes mixed ones.
    constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;
    const std::uint64_t mixed = (std::hash<std::string_view>{}(key)*kGolden) >> 32;
    return parts_[mixed % parts_.size()];
}

NamedCache::Look NamedCache::look(const Entry& entry, MonotonicTime now) const {
    if (now <= entry.fresh_until) return entry.value ? Look::kFresh : Look::kFailed;
    return entry.value && now <= entry.usable_until ? Look::kStale : Look::kMiss;
}

void NamedCache::touch(Part& part, Entry& entry) {
    const std::size_t limit = options_.byte_budget / 100 * kProtectedPercent;
    const std::size_t elsewhere = protected_bytes_.load() - part.shard.protected_bytes();
    part.shard.touch(entry, order_++);
    // Other shards are not asked to give way; the next use of an entry there does that.
    while (elsewhere + part.shard.protected_bytes() > limit && part.shard.demote_one(&entry, order_++)) {
    }
}

std::shared_ptr<const void> NamedCache::find(std::string_view key) {
    const auto now = core_->clock.monotonic_now();
    Part& part = part_of(key);
    Graveyard graveyard;
    return locked(part, [&]() -> std::shared_ptr<const void> {
        Entry* entry = part.shard.find(key);
        const Look found = entry ? look(*entry, now) : Look::kMiss;
        if (found == Look::kFresh) {
            ++part.counts.hits;
            touch(part, *entry);
            return entry->value;
        }
        ++part.counts.misses;
        if (entry && found == Look::kMiss) {
            ++part.counts.evictions;
            part.shard.erase(*entry, graveyard);
        }
        return nullptr;
    });
}

std::uint64_t NamedCache::place(Part& part, Entry entry, Graveyard& graveyard) {
    const std::size_t most = std::min(options_.byte_budget, core_->global_byte_budget);
    const bool fits = entry.cost <= most && entry.key.size() <= kLongestKey && entry.tags.size() <= kMostTags;
    if (!fits) {
        // An older value of the same key must not outlive a newer one that found no room.
        if (Entry* old = part.shard.find(entry.key)) part.shard.erase(*old, graveyard);
        return 0;
    }
    entry.touched = order_++;
    return part.shard.insert(std::move(entry), graveyard).touched;
}

std::uint64_t NamedCache::store(Part& part, std::string_view key, CacheValue value, MonotonicTime now,
                                Graveyard& graveyard) {
    Entry entry;
    entry.key = key;
    entry.cost = cost_of(key, value);
    entry.value = std::move(value.value);
    entry.tags = std::move(value.tags);
    entry.fresh_until = now + (value.ttl.count() > 0 ? value.ttl : options_.ttl);
    entry.usable_until = entry.fresh_until + options_.stale_for;
    ++part.counts.sets;
    return place(part, std::move(entry), graveyard);
}

std::uint64_t NamedCache::remember_failure(Part& part, const std::string& key, CacheValue value,
                                           std::exception_ptr failure, MonotonicTime now, Graveyard& graveyard) {
    if (options_.negative_ttl.count() <= 0) return 0;
    if (Entry* old = part.shard.find(key); old && old->value && now <= old->usable_until) {
        old->retry_at = now + options_.negative_ttl;
        return 0;
    }
    Entry entry;
    entry.key = key;
    value.bytes = 0;
    entry.cost = cost_of(key, value);
    entry.failure = std::move(failure);
    entry.tags = std::move(value.tags);
    entry.fresh_until = entry.usable_until = now + options_.negative_ttl;
    return place(part, std::move(entry), graveyard);
}

void NamedCache::set(std::string_view key, CacheValue value) {
    if (!value.value) return;
    const auto now = core_->clock.monotonic_now();
    Part& part = part_of(key);
    Graveyard graveyard;
    const std::uint64_t order = locked(part, [&] {
        if (const auto flight = part.flights.find(std::string(key)); flight != part.flights.end())
            flight->second->outdated_at = core_->epochs.advance();
        return store(part, key, std::move(value), now, graveyard);
    });
    keep_budgets(order);
}

bool NamedCache::erase(std::string_view key) {
    Part& part = part_of(key);
    Graveyard graveyard;
    return locked(part, [&] {
        if (const auto flight = part.flights.find(std::string(key)); flight != part.flights.end())
            flight->second->outdated_at = core_->epochs.advance();
        Entry* entry = part.shard.find(key);
        if (!entry) return false;
        ++part.counts.deletes;
        part.shard.erase(*entry, graveyard);
        return true;
    });
}

bool NamedCache::join(Part& part, const std::shared_ptr<Flight>& flight, Done& done, Load& load) {
    if (flight->waiters.size() >= kMostWaiters) return false;
    ++part.counts.joined_flights;
    const std::uint64_t now = core_->epochs.now();
    flight->waiters.push_back({std::move(done), now, now != flight->began_at ? std::move(load) : Load{}});
    return true;
}

void NamedCache::get_or_load(std::string_view key, std::function<void(Finish)> load, Done done) {
    const auto now = core_->clock.monotonic_now();
    Part& part = part_of(key);
    std::shared_ptr<const void> value;
    std::exception_ptr failure;
    std::shared_ptr<Flight> flight;
    locked(part, [&] {
        Entry* entry = part.shard.find(key);
        const Look found = entry ? look(*entry, now) : Look::kMiss;
        if (found != Look::kMiss) {
            ++part.counts.hits;
            value = entry->value;
            failure = entry->failure;
            touch(part, *entry);
            if (found != Look::kStale || now < entry->retry_at) return;
        }
        auto& under_way = part.flights[std::string(key)];
        if (found == Look::kMiss) ++part.counts.misses;
        if (!under_way) {
            under_way = flight = std::make_shared<Flight>();
            flight->began_at = core_->epochs.now();
            if (found == Look::kMiss) flight->waiters.push_back({std::move(done), flight->began_at, {}});
        } else if (found == Look::kMiss && !join(part, under_way, done, load)) {
            failure =
                std::make_exception_ptr(Error(ErrorCode::kUnavailable, "too many wait for the same thing to load"));
        }
    });
    if (value || failure) done(std::move(value), std::move(failure));
    if (flight) start(std::string(key), flight, load);
}

void NamedCache::start(const std::string& key, const std::shared_ptr<Flight>& flight, const Load& load) {
    fly(load, [self = shared_from_this(), key, flight](CacheValue value, std::exception_ptr failure) {
        self->land(key, flight, std::move(value), std::move(failure));
    });
}

std::uint64_t NamedCache::outdated_at(const Flight& flight, const CacheValue& value) const {
    std::uint64_t epoch = flight.outdated_at;
    for (const auto& tag : value.tags) epoch = std::max(epoch, core_->epochs.invalidated_at(tag));
    return epoch;
}

void NamedCache::land(const std::string& key, const std::shared_ptr<Flight>& flight, CacheValue value,
                      std::exception_ptr failure) {
    const auto now = core_->clock.monotonic_now();
    Part& part = part_of(key);
    const auto answered = failure ? nullptr : value.value;
    std::vector<Waiter> served;
    std::shared_ptr<Flight> again;
    Load load_again;
    Graveyard graveyard;
    const std::uint64_t order = locked(part, [&]() -> std::uint64_t {
        part.flights.erase(key);
        // Checked under the lock that an invalidation needs for dropping entries: either it is seen here, or it comes
        // afterwards and finds the entry.
        const std::uint64_t outdated = outdated_at(*flight, value);
        const bool clean = outdated <= flight->began_at;
        for (auto& waiter : flight->waiters) {
            if (clean || waiter.joined_at == flight->began_at) {
                served.push_back(std::move(waiter));
                continue;
            }
            // Whoever came after an invalidation must not be given what was computed before it. Only the last one of a
            // tag is known, so everybody who came after any invalidation flies again.
            if (!again) {
                again = std::make_shared<Flight>();
                load_again = std::move(waiter.load);
            }
            again->waiters.push_back({std::move(waiter.done), waiter.joined_at, {}});
        }
        if (again) {
            again->began_at = core_->epochs.now();
            for (auto& waiter : again->waiters) waiter.joined_at = again->began_at;
            part.flights[key] = again;
        }
        if (!clean) return 0;
        return failure ? remember_failure(part, key, std::move(value), failure, now, graveyard)
                       : store(part, key, std::move(value), now, graveyard);
    });
    keep_budgets(order);
    answer(served, answered, failure);
    if (again) start(key, again, load_again);
}

void NamedCache::answer(const std::vector<Waiter>& waiters, const std::shared_ptr<const void>& value,
                        const std::exception_ptr& failure) {
    for (const auto& waiter : waiters) {
        try {
            waiter.done(value, failure);
        } catch (...) {
            callback_failures_.add();  // one waiter's trouble must not keep the others waiting
        }
    }
}

void NamedCache::keep_budgets(std::uint64_t kept_order) {
    while (bytes_.load() > options_.byte_budget && evict_one_but(kept_order)) {
    }
    if (core_->bytes.load() > core_->global_byte_budget) core_->keep_global_budget(*this, kept_order);
}

bool NamedCache::evict_one_but(std::uint64_t kept_order) {
    // Expired protected entries first, then probation, then protected; the longest unused of each over all parts.
    enum Rank { kExpired, kProbation, kProtected, kNone };
    struct Victim {
        Part* part = nullptr;
        Rank rank = kNone;
        std::uint64_t touched = 0;
    } victim;
    const auto now = core_->clock.monotonic_now();
    const auto consider = [&](Part& part, const Entry* entry, Rank rank) {
        if (!entry || entry->touched == kept_order) return;
        if (rank < victim.rank || (rank == victim.rank && entry->touched < victim.touched))
            victim = {&part, rank, entry->touched};
    };
    for (auto& part : parts_) {
        const std::lock_guard lock(part.mutex);
        consider(part, part.shard.last_in_probation(), kProbation);
        const Entry* last = part.shard.last_protected();
        consider(part, last, last && look(*last, now) == Look::kMiss ? kExpired : kProtected);
    }
    if (!victim.part) return false;
    Graveyard graveyard;
    return locked(*victim.part, [&] {
        CacheShard& shard = victim.part->shard;
        const Entry* last = victim.rank == kProbation ? shard.last_in_probation() : shard.last_protected();
        // Used or removed meanwhile: the caller looks again.
        if (!last || last->touched != victim.touched) return true;
        ++victim.part->counts.evictions;
        shard.erase(*shard.find(last->key), graveyard);
        return true;
    });
}

}  // namespace gatehouse::cache
