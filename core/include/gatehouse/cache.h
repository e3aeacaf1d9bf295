// The cache registry every plugin shares: named caches under one byte budget, segmented LRU, single flight, tags.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gatehouse/registration.h>

namespace gatehouse {

struct CacheOptions {
    std::chrono::milliseconds ttl{30'000};      // > 0
    std::size_t byte_budget = 8u << 20;         // of this cache; the registry's budget holds over all
    std::chrono::milliseconds stale_for{0};     // serve an expired value this long while one flight renews it
    std::chrono::milliseconds negative_ttl{0};  // remember a failed load this long
};

struct CacheStats {
    std::uint64_t hits = 0, misses = 0, sets = 0, deletes = 0, invalidations = 0, evictions = 0, joined_flights = 0;
    std::size_t entries = 0, bytes = 0;
};

// What a loader gives: a value with its cost and the tags that invalidate it.
struct CacheValue {
    std::shared_ptr<const void> value;
    std::size_t bytes = 0;
    std::vector<std::string> tags;
    std::chrono::milliseconds ttl{0};  // 0: the cache's own
};

// Untyped store behind Cache<T>. Thread-safe; nothing but get_or_load_blocking blocks.
class CacheStore {
public:
    using Done = std::function<void(std::shared_ptr<const void>, std::exception_ptr)>;
    // A loader answers exactly once, on any thread, now or later.
    using Finish = std::function<void(CacheValue, std::exception_ptr)>;

    virtual ~CacheStore() = default;
    // Null where there is nothing fresh. Counts a hit or a miss.
    virtual std::shared_ptr<const void> find(std::string_view key) = 0;
    virtual void set(std::string_view key, CacheValue value) = 0;
    virtual bool erase(std::string_view key) = 0;
    // `done` is called inline on a hit, else when the flight lands (on the loader's thread). N simultaneous misses of a
    // key run `load` once. A value whose tags were invalidated after the flight began is given to those who wait, but
    // never stored.
    virtual void get_or_load(std::string_view key, std::function<void(Finish)> load, Done done) = 0;
    virtual CacheStats stats() const = 0;
};

template <class T>
class Cache {
public:
    Cache() = default;
    explicit Cache(std::shared_ptr<CacheStore> store) : store_(std::move(store)) {}

    std::shared_ptr<const T> find(std::string_view key) const {
        return std::static_pointer_cast<const T>(store_->find(key));
    }
    void set(std::string_view key, std::shared_ptr<const T> value, std::size_t bytes, std::vector<std::string> tags) {
        store_->set(key, {std::move(value), bytes, std::move(tags), {}});
    }
    bool erase(std::string_view key) { return store_->erase(key); }
    void get_or_load(std::string_view key, std::function<void(CacheStore::Finish)> load,
                     std::function<void(std::shared_ptr<const T>, std::exception_ptr)> done) {
        store_->get_or_load(key, std::move(load),
                            [done = std::move(done)](std::shared_ptr<const void> value, std::exception_ptr failure) {
                                done(std::static_pointer_cast<const T>(std::move(value)), std::move(failure));
                            });
    }
    CacheStats stats() const { return store_->stats(); }

private:
    std::shared_ptr<CacheStore> store_;
};

// Thread-safe.
class Caches {
public:
    virtual ~Caches() = default;
    // Creates the named cache ([a-z0-9._-]+); a name in use is Error(kConflict). It goes when the last holder lets go.
    virtual std::shared_ptr<CacheStore> create(const std::string& name, const CacheOptions& options) = 0;
    // Drops every entry that carries the tag, in all caches, and keeps flights begun earlier from being stored. Returns
    // the number of entries dropped. Tags: "cameras", "areas", "camera:<id>" ...
    virtual std::size_t invalidate(std::string_view tag) = 0;

    template <class T>
    Cache<T> make(const std::string& name, const CacheOptions& options) {
        return Cache<T>(create(name, options));
    }
};

}  // namespace gatehouse
