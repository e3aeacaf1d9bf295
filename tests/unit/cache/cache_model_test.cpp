// A cache of one shard behaves step for step like a naive model of what cache.h and cache_registry.h promise.
#define BOOST_TEST_MODULE cache_model
#include <rapidcheck.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <optional>

#include "cache_fixture.h"

using namespace std::chrono_literals;
using namespace cache_test;

namespace {

constexpr std::size_t kBudget = 100'000;
constexpr auto kTtl = 10s;

struct ModelEntry {
    std::string key, text, tag;
    std::size_t cost = 0;
    gatehouse::MonotonicTime expires;
};

// Two lists, most recently used first.
struct Model {
    std::vector<ModelEntry> probation, kept;

    static std::optional<ModelEntry> take(std::vector<ModelEntry>& list, const std::string& key) {
        const auto found = std::find_if(list.begin(), list.end(), [&](const auto& e) { return e.key == key; });
        if (found == list.end()) return std::nullopt;
        ModelEntry entry = *found;
        list.erase(found);
        return entry;
    }
    static std::size_t bytes(const std::vector<ModelEntry>& list) {
        std::size_t sum = 0;
        for (const auto& e : list) sum += e.cost;
        return sum;
    }

    void erase(const std::string& key) {
        take(probation, key);
        take(kept, key);
    }
    void invalidate(const std::string& tag) {
        for (auto* list : {&probation, &kept}) std::erase_if(*list, [&](const auto& e) { return e.tag == tag; });
    }
    std::string find(const std::string& key, gatehouse::MonotonicTime now) {
        auto entry = take(probation, key);
        if (!entry) entry = take(kept, key);
        if (!entry || now > entry->expires) return "(none)";
        kept.insert(kept.begin(), *entry);
        while (bytes(kept) > kBudget / 100 * 80 && kept.size() > 1) {
            probation.insert(probation.begin(), kept.back());
            kept.pop_back();
        }
        return entry->text;
    }
    void set(const ModelEntry& entry, gatehouse::MonotonicTime now) {
        erase(entry.key);
        if (entry.cost > kBudget) return;
        probation.insert(probation.begin(), entry);
        while (bytes(probation) + bytes(kept) > kBudget) {
            if (!kept.empty() && now > kept.back().expires)
                kept.pop_back();
            else if (probation.size() > 1)
                probation.pop_back();
            else
                kept.pop_back();
        }
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(any_sequence_of_steps_gives_what_the_model_gives) {
    const bool good = rc::check("cache equals model", [] {
        gatehouse::testing::FakeClock clock;
        gatehouse::metrics::MetricsRegistry metrics;
        gatehouse::cache::CacheRegistry registry({.global_byte_budget = 8u << 20, .shards = 1}, clock, metrics);
        auto cache = registry.create("t", {.ttl = kTtl, .byte_budget = kBudget});
        Model model;
        const int steps = *rc::gen::inRange(1, 200);
        for (int i = 0; i < steps; ++i) {
            const auto now = clock.monotonic_now();
            const std::string key = "k" + std::to_string(*rc::gen::inRange(0, 12));
            const std::string tag = "t" + std::to_string(*rc::gen::inRange(0, 3));
            switch (*rc::gen::weightedElement<int>({{6, 0}, {6, 1}, {1, 2}, {1, 3}, {1, 4}})) {
                case 0: {
                    const auto size =
                        *rc::gen::weightedOneOf<std::size_t>({{8, rc::gen::inRange<std::size_t>(0, 40'000)},
                                                              {1, rc::gen::inRange<std::size_t>(90'000, 120'000)}});
                    cache->set(key, value_of(std::to_string(i), size, {tag}));
                    // The documented cost: bytes, key, tag and 200 bytes for each of entry and tag.
                    model.set({key, std::to_string(i), tag, size + 400 + key.size() + tag.size(), now + kTtl}, now);
                    break;
                }
                case 1:
                    RC_ASSERT(text_of(cache->find(key)) == model.find(key, now));
                    break;
                case 2:
                    cache->erase(key);
                    model.erase(key);
                    break;
                case 3:
                    registry.invalidate(tag);
                    model.invalidate(tag);
                    break;
                default:
                    clock.advance(std::chrono::seconds(*rc::gen::inRange(0, 8)));
            }
            RC_ASSERT(cache->stats().bytes == Model::bytes(model.probation) + Model::bytes(model.kept));
            RC_ASSERT(cache->stats().entries == model.probation.size() + model.kept.size());
        }
    });
    BOOST_TEST(good);
}
