#include "cache/cache_core.h"

#include <algorithm>

#include "cache/named_cache.h"

namespace gatehouse::cache {

std::uint64_t TagEpochs::invalidate(std::string_view tag) {
    const std::uint64_t epoch = advance();
    auto& slot = slots_[slot_of(tag)];
    std::uint64_t seen = slot.load();
    while (seen < epoch && !slot.compare_exchange_weak(seen, epoch)) {
    }
    return epoch;
}

std::uint64_t TagEpochs::invalidated_at(std::string_view tag) const { return slots_[slot_of(tag)].load(); }

std::vector<std::shared_ptr<NamedCache>> CacheCore::all() const {
    std::vector<std::shared_ptr<NamedCache>> result;
    const std::lock_guard lock(mutex);
    result.reserve(caches.size());
    for (const auto& [name, weak] : caches) {
        if (auto cache = weak.lock()) result.push_back(std::move(cache));
    }
    return result;
}

void CacheCore::keep_global_budget(const NamedCache& storing, std::uint64_t kept_order) {
    while (bytes.load() > global_byte_budget) {
        const auto caches_now = all();
        const auto largest = std::max_element(caches_now.begin(), caches_now.end(),
                                              [](const auto& a, const auto& b) { return a->bytes() < b->bytes(); });
        if (largest == caches_now.end()) return;
        if (!(*largest)->evict_one_but(largest->get() == &storing ? kept_order : 0)) return;
    }
}

}  // namespace gatehouse::cache
