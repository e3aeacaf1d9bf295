// One named cache of the registry. Private to the room.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <gatehouse/cache.h>

#include "cache/cache_core.h"
#include "cache/cache_shard.h"
#include "cache/flight.h"

namespace gatehouse::cache {

// Thread-safe. A lock covers one shard and is never held while calling out.
class NamedCache final : public CacheStore, public std::enable_shared_from_this<NamedCache> {
public:
    NamedCache(std::shared_ptr<CacheCore> core, std::string name, const CacheOptions& options);
    ~NamedCache() override;

    std::shared_ptr<const void> find(std::string_view key) override;
    void set(std::string_view key, CacheValue value) override;
    bool erase(std::string_view key) override;
    void get_or_load(std::string_view key, std::function<void(Finish)> load, Done done) override;
    CacheStats stats() const override;

    const std::string& name() const { return name_; }
    const CacheOptions& options() const { return options_; }
    std::size_t bytes() const { return bytes_.load(); }

    // The caller has advanced the epochs before; each returns the number of entries dropped.
    std::size_t drop_tag(std::string_view tag);
    std::size_t drop_all();
    std::size_t drop_matching(std::string_view part);
    std::size_t purge_expired();
    // Evicts one entry: an expired one that stands last, else the least recently used. `kept_order` is the touch order
    // of an entry that was just stored and must not be the victim; 0: none. False when there is no other.
    bool evict_one_but(std::uint64_t kept_order);
    void add_keys(std::vector<std::string>& keys, std::size_t limit) const;
    // Shows the cache in /metrics; called once, after it is registered.
    void publish_metrics(Metrics& metrics);

private:
    struct Part {
        mutable std::mutex mutex;
        CacheShard shard;
        std::unordered_map<std::string, std::shared_ptr<Flight>> flights;
        CacheStats counts;
    };
    enum class Look { kMiss, kFresh, kStale, kFailed };

    Part& part_of(std::string_view key);
    Look look(const Entry& entry, MonotonicTime now) const;
    // Runs `change` under the part's lock and books what it did to the sizes; returns what it returns.
    template <class Change>
    auto locked(Part& part, Change change);
    // The following are called under the part's lock.
    void touch(Part& part, Entry& entry);
    std::uint64_t store(Part& part, std::string_view key, CacheValue value, MonotonicTime now, Graveyard& graveyard);
    std::uint64_t remember_failure(Part& part, const std::string& key, CacheValue value, std::exception_ptr failure,
                                   MonotonicTime now, Graveyard& graveyard);
    std::uint64_t place(Part& part, Entry entry, Graveyard& graveyard);
    bool join(Part& part, const std::shared_ptr<Flight>& flight, Done& done, Load& load);

    void keep_budgets(std::uint64_t kept_order);
    void start(const std::string& key, const std::shared_ptr<Flight>& flight, const Load& load);
    void land(const std::string& key, const std::shared_ptr<Flight>& flight, CacheValue value,
              std::exception_ptr failure);
    void answer(const std::vector<Waiter>& waiters, const std::shared_ptr<const void>& value,
                const std::exception_ptr& failure);
    std::uint64_t outdated_at(const Flight& flight, const CacheValue& value) const;
    template <class Predicate>
    std::size_t drop_where(Predicate wanted, std::uint64_t CacheStats::*counter);
    void outdate_flights(Part& part, std::string_view part_of_key);

    const std::shared_ptr<CacheCore> core_;
    const std::string name_;
    const CacheOptions options_;
    std::vector<Part> parts_;
    std::atomic<std::uint64_t> order_{1};
    std::atomic<std::size_t> bytes_{0}, protected_bytes_{0};
    Counter& callback_failures_;
    Registrations metrics_;
};

template <class Change>
auto NamedCache::locked(Part& part, Change change) {
    const std::lock_guard lock(part.mutex);
    const std::size_t bytes_before = part.shard.bytes();
    const std::size_t protected_before = part.shard.protected_bytes();
    struct Book {
        NamedCache& cache;
        Part& part;
        std::size_t bytes_before, protected_before;
        ~Book() {
            // Unsigned wrap-around makes the difference right in both directions.
            const std::size_t grown = part.shard.bytes() - bytes_before;
            const std::size_t protected_grown = part.shard.protected_bytes() - protected_before;
            if (grown != 0) {
                cache.bytes_ += grown;
                cache.core_->bytes += grown;
            }
            if (protected_grown != 0) cache.protected_bytes_ += protected_grown;
        }
    } const book{*this, part, bytes_before, protected_before};
    return change();
}

}  // namespace gatehouse::cache
