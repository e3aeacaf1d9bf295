#include "cache/cache_shard.h"

#include <utility>

namespace gatehouse::cache {

Entry* CacheShard::find(std::string_view key) {
    const auto found = table_.find(key);
    return found == table_.end() ? nullptr : &*found->second;
}

Entry& CacheShard::insert(Entry entry, Graveyard& graveyard) {
    if (Entry* old = find(entry.key)) erase(*old, graveyard);
    entry.is_protected = false;
    probation_.push_front(std::move(entry));
    Entry& placed = probation_.front();
    placed.place = probation_.begin();
    table_.emplace(placed.key, placed.place);
    index(placed);
    bytes_ += placed.cost;
    return placed;
}

void CacheShard::erase(Entry& entry, Graveyard& graveyard) {
    table_.erase(entry.key);
    unindex(entry);
    bytes_ -= entry.cost;
    if (entry.is_protected) protected_bytes_ -= entry.cost;
    graveyard.splice(graveyard.end(), entry.is_protected ? protected_ : probation_, entry.place);
}

void CacheShard::touch(Entry& entry, std::uint64_t order) {
    entry.touched = order;
    protected_.splice(protected_.begin(), entry.is_protected ? protected_ : probation_, entry.place);
    if (entry.is_protected) return;
    entry.is_protected = true;
    protected_bytes_ += entry.cost;
}

bool CacheShard::demote_one(const Entry* keep, std::uint64_t order) {
    if (protected_.empty() || &protected_.back() == keep) return false;
    Entry& entry = protected_.back();
    entry.is_protected = false;
    entry.touched = order;
    protected_bytes_ -= entry.cost;
    probation_.splice(probation_.begin(), protected_, std::prev(protected_.end()));
    return true;
}

std::vector<Entry*> CacheShard::with_tag(std::string_view tag) {
    const auto found = tags_.find(tag);
    if (found == tags_.end()) return {};
    return {found->second.begin(), found->second.end()};
}

void CacheShard::index(Entry& entry) {
    for (const auto& tag : entry.tags) tags_[tag].insert(&entry);
}

void CacheShard::unindex(Entry& entry) {
    for (const auto& tag : entry.tags) {
        const auto found = tags_.find(tag);
        if (found == tags_.end()) continue;  // the same tag twice
        found->second.erase(&entry);
        if (found->second.empty()) tags_.erase(found);
    }
}

}  // namespace gatehouse::cache
