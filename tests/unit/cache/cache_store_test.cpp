#define BOOST_TEST_MODULE cache
#include <gatehouse/error.h>

#include <boost/test/unit_test.hpp>

#include "cache_fixture.h"

using namespace std::chrono_literals;
using namespace cache_test;
using gatehouse::Error;
using gatehouse::ErrorCode;

BOOST_FIXTURE_TEST_SUITE(cache_store, Fixture)

BOOST_AUTO_TEST_CASE(a_value_is_found_until_its_time_is_over) {
    auto cache = registry.create("t", {.ttl = 10s});
    BOOST_TEST(find(*cache, "a") == "(none)");
    cache->set("a", value_of("1"));
    clock.advance(10s);
    BOOST_TEST(find(*cache, "a") == "1");
    clock.advance(1us);
    BOOST_TEST(find(*cache, "a") == "(none)");
    BOOST_TEST(cache->stats().entries == 0u);
}

BOOST_AUTO_TEST_CASE(a_value_may_bring_a_time_of_its_own) {
    auto cache = registry.create("t", {.ttl = 10s});
    auto value = value_of("1");
    value.ttl = 1s;
    cache->set("a", value);
    clock.advance(1001ms);
    BOOST_TEST(find(*cache, "a") == "(none)");
}

BOOST_AUTO_TEST_CASE(the_wall_clock_does_not_age_entries) {
    auto cache = registry.create("t", {.ttl = 10s});
    cache->set("a", value_of("1"));
    clock.set_utc(clock.utc_now() + std::chrono::hours(24));
    BOOST_TEST(find(*cache, "a") == "1");
}

BOOST_AUTO_TEST_CASE(counters_tell_hits_misses_sets_deletes_and_invalidations) {
    auto cache = registry.create("t", {});
    cache->set("a", value_of("1", 0, {"x"}));
    cache->set("b", value_of("2", 0, {"x", "y"}));
    cache->set("c", value_of("3"));
    find(*cache, "a");
    find(*cache, "none");
    BOOST_TEST(cache->erase("a"));
    BOOST_TEST(!cache->erase("a"));
    BOOST_TEST(registry.invalidate("x") == 1u);
    const auto stats = cache->stats();
    BOOST_TEST(stats.hits == 1u);
    BOOST_TEST(stats.misses == 1u);
    BOOST_TEST(stats.sets == 3u);
    BOOST_TEST(stats.deletes == 1u);
    BOOST_TEST(stats.invalidations == 1u);
    BOOST_TEST(stats.entries == 1u);
    BOOST_TEST(metrics.render().find("gatehouse_cache_hits_total{cache=\"t\"} 1\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_tag_drops_its_entries_in_every_cache_and_no_others) {
    auto one = registry.create("one", {});
    auto two = registry.create("two", {});
    one->set("a", value_of("1", 0, {"cameras", "camera:1"}));
    one->set("b", value_of("2", 0, {"cameras", "camera:2", "camera:2"}));
    two->set("c", value_of("3", 0, {"camera:1"}));
    BOOST_TEST(registry.invalidate("camera:1") == 2u);
    BOOST_TEST(find(*one, "a") == "(none)");
    BOOST_TEST(find(*one, "b") == "2");
    BOOST_TEST(find(*two, "c") == "(none)");
    BOOST_TEST(registry.invalidate("camera:2") == 1u);
    BOOST_TEST(registry.invalidate("camera:2") == 0u);
}

BOOST_AUTO_TEST_CASE(replacing_a_value_replaces_its_tags) {
    auto cache = registry.create("t", {});
    cache->set("a", value_of("1", 0, {"old"}));
    cache->set("a", value_of("2", 0, {"new"}));
    BOOST_TEST(registry.invalidate("old") == 0u);
    BOOST_TEST(find(*cache, "a") == "2");
    BOOST_TEST(registry.invalidate("new") == 1u);
}

BOOST_AUTO_TEST_CASE(the_byte_budget_of_a_cache_holds_and_the_least_recently_used_goes) {
    auto cache = registry.create("t", {.byte_budget = 100'000});
    for (int i = 0; i < 100; ++i) {
        cache->set("k" + std::to_string(i), value_of("v", 10'000));
        BOOST_TEST_REQUIRE(cache->stats().bytes <= 100'000u);
    }
    BOOST_TEST(find(*cache, "k99") == "v");
    BOOST_TEST(find(*cache, "k98") == "v");
    BOOST_TEST(find(*cache, "k0") == "(none)");
    BOOST_TEST(cache->stats().evictions >= 90u);
}

BOOST_AUTO_TEST_CASE(what_was_used_twice_survives_a_scan_of_things_used_once) {
    auto cache = registry.create("t", {.byte_budget = 100'000});
    cache->set("hot", value_of("h", 10'000));
    find(*cache, "hot");
    for (int i = 0; i < 1000; ++i) cache->set("scan" + std::to_string(i), value_of("s", 10'000));
    BOOST_TEST(find(*cache, "hot") == "h");
}

BOOST_AUTO_TEST_CASE(a_newcomer_finds_room_even_when_all_others_are_protected_and_never_used_again) {
    auto cache = registry.create("t", {.byte_budget = 100'000});
    for (int i = 0; i < 20; ++i) {
        const auto key = "old" + std::to_string(i);
        cache->set(key, value_of("o", 9'000));
        find(*cache, key);
    }
    cache->set("big", value_of("b", 60'000));
    BOOST_TEST(find(*cache, "big") == "b");
    BOOST_TEST(cache->stats().bytes <= 100'000u);
}

BOOST_AUTO_TEST_CASE(values_larger_than_the_budget_are_not_stored_and_drop_what_they_replace) {
    auto cache = registry.create("t", {.byte_budget = 10'000});
    cache->set("a", value_of("small", 100));
    cache->set("a", value_of("large", 20'000));
    BOOST_TEST(find(*cache, "a") == "(none)");
    cache->set("b", value_of("absurd", static_cast<std::size_t>(-1)));
    BOOST_TEST(find(*cache, "b") == "(none)");
    BOOST_TEST(cache->stats().bytes == 0u);
}

BOOST_AUTO_TEST_CASE(entries_without_bytes_are_bounded_as_well) {
    auto cache = registry.create("t", {.byte_budget = 50'000});
    for (int i = 0; i < 5000; ++i) cache->set("k" + std::to_string(i), value_of("v", 0));
    BOOST_TEST(cache->stats().entries < 300u);
}

BOOST_AUTO_TEST_CASE(the_global_budget_holds_and_the_largest_cache_gives) {
    gatehouse::cache::CacheRegistry small({.global_byte_budget = 1'000'000, .shards = 8}, clock, metrics);
    auto big = small.create("big", {.byte_budget = 1'000'000});
    auto little = small.create("little", {.byte_budget = 1'000'000});
    for (int i = 0; i < 9; ++i) {
        big->set("b" + std::to_string(i), value_of("v", 100'000));
        find(*big, "b" + std::to_string(i));  // all protected
    }
    for (int i = 0; i < 4; ++i) little->set("l" + std::to_string(i), value_of("v", 50'000));
    BOOST_TEST(little->stats().entries == 4u);
    BOOST_TEST(big->stats().entries == 7u);
    BOOST_TEST(small.stats().bytes <= 1'000'000u);
    big->set("newest", value_of("n", 100'000));
    BOOST_TEST(find(*big, "newest") == "n");
    BOOST_TEST(small.stats().bytes <= 1'000'000u);
}

BOOST_AUTO_TEST_CASE(expired_entries_are_evicted_before_living_ones) {
    auto cache = registry.create("t", {.ttl = 10s, .byte_budget = 100'000});
    for (int i = 0; i < 4; ++i) {
        cache->set("dead" + std::to_string(i), value_of("d", 15'000));
        find(*cache, "dead" + std::to_string(i));
    }
    clock.advance(11s);
    for (int i = 0; i < 5; ++i) cache->set("live" + std::to_string(i), value_of("l", 15'000));
    for (int i = 0; i < 5; ++i) BOOST_TEST(find(*cache, "live" + std::to_string(i)) == "l");
    BOOST_TEST(registry.purge_expired() >= 1u);
    BOOST_TEST(cache->stats().entries == 5u);
}

BOOST_AUTO_TEST_CASE(names_are_checked_and_unique_while_their_cache_lives) {
    auto cache = registry.create("hls.segments-1", {});
    try {
        (void)registry.create("hls.segments-1", {});
        BOOST_ERROR("not refused");
    } catch (const Error& e) {
        BOOST_TEST((e.error_code() == ErrorCode::kConflict));
    }
    cache.reset();
    cache = registry.create("hls.segments-1", {});
    for (const char* name : {"", "Upper", "a b", "a/b"}) BOOST_CHECK_THROW((void)registry.create(name, {}), Error);
    BOOST_CHECK_THROW((void)registry.create("t", {.ttl = 0ms}), Error);
}

BOOST_AUTO_TEST_CASE(clear_and_matching_drop_and_are_counted_and_a_gone_cache_stays_in_the_sums) {
    auto one = registry.create("one", {});
    auto two = registry.create("two", {});
    one->set("/api/a", value_of("1"));
    one->set("/api/b", value_of("2"));
    two->set("/api/a", value_of("3"));
    BOOST_TEST(registry.keys(2).size() == 2u);
    BOOST_TEST(registry.erase_matching("one:/api/a") == 1u);
    BOOST_TEST(registry.erase_matching("/api/") == 2u);
    BOOST_CHECK_THROW(registry.erase_matching(""), Error);
    two->set("x", value_of("4"));
    BOOST_TEST(registry.clear() == 1u);
    BOOST_TEST(registry.stats().invalidations == 4u);
    BOOST_TEST(registry.stats().bytes == 0u);
    one.reset();
    BOOST_TEST(registry.stats().sets == 4u);
    BOOST_TEST(registry.per_cache().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_cache_may_outlive_its_registry) {
    auto own =
        std::make_unique<gatehouse::cache::CacheRegistry>(gatehouse::cache::CacheRegistryOptions{}, clock, metrics);
    auto cache = own->create("t", {});
    own.reset();
    cache->set("a", value_of("1"));
    BOOST_TEST(find(*cache, "a") == "1");
}

BOOST_AUTO_TEST_SUITE_END()
