// One shard of a cache: a table, its two LRU segments and its tag index. Private to the room; not thread-safe, the
// cache locks around it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <gatehouse/clock.h>

namespace gatehouse::cache {

struct Entry {
    std::string key;
    std::shared_ptr<const void> value;  // null: a remembered failure
    std::exception_ptr failure;
    std::vector<std::string> tags;
    std::size_t cost = 0;        // bytes
    MonotonicTime fresh_until;   // up to and including
    MonotonicTime usable_until;  // stale from fresh_until on
    MonotonicTime retry_at;      // a failed renewal is not tried again before
    std::uint64_t touched = 0;   // order of last use over all shards of the cache
    bool is_protected = false;
    std::list<Entry>::iterator place;  // of itself
};

// Entries taken out, to be destroyed after the lock is gone, since values may be costly to let go or call out.
using Graveyard = std::list<Entry>;

class CacheShard {
public:
    Entry* find(std::string_view key);
    // Replaces an entry of the same key. The new one stands in probation.
    Entry& insert(Entry entry, Graveyard& graveyard);
    void erase(Entry& entry, Graveyard& graveyard);
    // A use: probation to protected, or to the front of protected.
    void touch(Entry& entry, std::uint64_t order);
    // The least recently used protected entry goes back to probation. False where there is none besides `keep`.
    bool demote_one(const Entry* keep, std::uint64_t order);

    // The next to be evicted of each segment, or null.
    const Entry* last_in_probation() const { return probation_.empty() ? nullptr : &probation_.back(); }
    const Entry* last_protected() const { return protected_.empty() ? nullptr : &protected_.back(); }

    std::vector<Entry*> with_tag(std::string_view tag);
    template <class Predicate>
    std::size_t erase_where(Predicate wanted, Graveyard& graveyard) {
        std::vector<Entry*> found;
        for (const auto& [key, place] : table_) {
            if (wanted(*place)) found.push_back(&*place);
        }
        for (Entry* entry : found) erase(*entry, graveyard);
        return found.size();
    }

    template <class Visit>
    void for_each(Visit visit) const {
        for (const auto& [key, place] : table_) visit(*place);
    }

    std::size_t entries() const { return table_.size(); }
    std::size_t bytes() const { return bytes_; }
    std::size_t protected_bytes() const { return protected_bytes_; }

private:
    using Segment = std::list<Entry>;
    struct TextHash : std::hash<std::string_view> {
        using is_transparent = void;
    };

    void index(Entry& entry);
    void unindex(Entry& entry);

    Segment probation_, protected_;  // most recently used first
    // Keys live in the entries; list nodes do not move.
    std::unordered_map<std::string_view, Segment::iterator> table_;
    std::unordered_map<std::string, std::unordered_set<Entry*>, TextHash, std::equal_to<>> tags_;
    std::size_t bytes_ = 0, protected_bytes_ = 0;
};

}  // namespace gatehouse::cache
