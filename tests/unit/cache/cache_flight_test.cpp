#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "cache_fixture.h"

using namespace std::chrono_literals;
using namespace cache_test;

namespace {

std::string message_of(const std::exception_ptr& failure) {
    if (!failure) return "";
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& e) {
        return e.what();
    }
}

std::exception_ptr failure(const std::string& text) { return std::make_exception_ptr(std::runtime_error(text)); }

// Loads that answer when the test says so.
struct FlightFixture : Fixture {
    std::vector<std::string> answers;
    std::vector<CacheStore::Finish> flights;  // after answers: dropping a flight answers

    void ask(CacheStore& cache, const std::string& key) {
        cache.get_or_load(
            key, [this](CacheStore::Finish finish) { flights.push_back(std::move(finish)); },
            [this](std::shared_ptr<const void> value, std::exception_ptr failed) {
                answers.push_back(failed ? "!" + message_of(failed) : text_of(value));
            });
    }
    void land(std::size_t flight, CacheValue value) { flights.at(flight)(std::move(value), nullptr); }
    void fail(std::size_t flight, const std::string& text) { flights.at(flight)({}, failure(text)); }
    void expect(const std::vector<std::string>& wanted) {
        BOOST_TEST(answers == wanted, boost::test_tools::per_element());
        answers.clear();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cache_flight, FlightFixture)

BOOST_AUTO_TEST_CASE(simultaneous_misses_load_once_and_all_get_the_value) {
    auto cache = registry.create("t", {});
    for (int i = 0; i < 5; ++i) ask(*cache, "a");
    BOOST_TEST(flights.size() == 1u);
    BOOST_TEST(answers.empty());
    land(0, value_of("1"));
    expect({"1", "1", "1", "1", "1"});
    ask(*cache, "a");
    expect({"1"});
    BOOST_TEST(flights.size() == 1u);
    BOOST_TEST(cache->stats().misses == 5u);
    BOOST_TEST(cache->stats().joined_flights == 4u);
    BOOST_TEST(cache->stats().hits == 1u);
}

BOOST_AUTO_TEST_CASE(a_failed_load_is_told_to_all_who_joined_and_not_remembered_by_default) {
    auto cache = registry.create("t", {});
    ask(*cache, "a");
    ask(*cache, "a");
    fail(0, "down");
    expect({"!down", "!down"});
    ask(*cache, "a");
    BOOST_TEST(flights.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_failure_is_remembered_for_its_time_where_the_cache_says_so) {
    auto cache = registry.create("t", {.negative_ttl = 2s});
    ask(*cache, "a");
    fail(0, "down");
    ask(*cache, "a");
    expect({"!down", "!down"});
    BOOST_TEST(flights.size() == 1u);
    BOOST_TEST(find(*cache, "a") == "(none)");
    clock.advance(2001ms);
    ask(*cache, "a");
    BOOST_TEST(flights.size() == 2u);
    land(1, value_of("1"));
    expect({"1"});
}

BOOST_AUTO_TEST_CASE(a_remembered_failure_with_tags_is_dropped_with_them) {
    auto cache = registry.create("t", {.negative_ttl = 10s});
    ask(*cache, "a");
    flights.at(0)({nullptr, 0, {"camera:1"}, {}}, failure("unknown"));
    BOOST_TEST(registry.invalidate("camera:1") == 1u);
    ask(*cache, "a");
    BOOST_TEST(flights.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_loader_that_throws_answers_with_its_exception) {
    auto cache = registry.create("t", {});
    cache->get_or_load(
        "a", [](const CacheStore::Finish&) { throw std::runtime_error("thrown"); },
        [&](std::shared_ptr<const void>, std::exception_ptr failed) { answers.push_back(message_of(failed)); });
    expect({"thrown"});
}

BOOST_AUTO_TEST_CASE(a_loader_that_forgets_to_answer_lets_nobody_wait_for_ever) {
    auto cache = registry.create("t", {});
    ask(*cache, "a");
    ask(*cache, "a");
    flights.clear();
    BOOST_TEST(answers.size() == 2u);
    for (const auto& answer : answers) BOOST_TEST(answer.starts_with("!"));
    answers.clear();
    ask(*cache, "a");
    land(0, value_of("1"));
    expect({"1"});
}

BOOST_AUTO_TEST_CASE(only_the_first_answer_of_a_loader_counts) {
    auto cache = registry.create("t", {});
    ask(*cache, "a");
    land(0, value_of("1"));
    land(0, value_of("2"));
    expect({"1"});
    BOOST_TEST(find(*cache, "a") == "1");
}

BOOST_AUTO_TEST_CASE(a_value_without_anything_is_a_failure) {
    auto cache = registry.create("t", {});
    ask(*cache, "a");
    land(0, {});
    BOOST_TEST(answers.at(0).starts_with("!"));
    BOOST_TEST(cache->stats().entries == 0u);
}

BOOST_AUTO_TEST_CASE(a_waiter_that_throws_does_not_rob_the_next_of_the_answer) {
    auto cache = registry.create("t", {});
    CacheStore::Finish finish;
    cache->get_or_load(
        "a", [&](CacheStore::Finish f) { finish = std::move(f); },
        [](std::shared_ptr<const void>, std::exception_ptr) { throw std::runtime_error("waiter"); });
    ask(*cache, "a");
    finish(value_of("1"), nullptr);
    expect({"1"});
}

BOOST_AUTO_TEST_CASE(a_value_computed_before_an_invalidation_is_given_but_not_stored) {
    auto cache = registry.create("t", {});
    ask(*cache, "a");
    registry.invalidate("camera:1");
    land(0, value_of("old", 0, {"camera:1"}));
    expect({"old"});
    BOOST_TEST(find(*cache, "a") == "(none)");
    ask(*cache, "a");
    land(1, value_of("new", 0, {"camera:1"}));
    BOOST_TEST(find(*cache, "a") == "new");
}

BOOST_AUTO_TEST_CASE(who_asks_after_the_invalidation_never_gets_what_was_computed_before_it) {
    auto cache = registry.create("t", {});
    ask(*cache, "a");
    registry.invalidate("camera:1");
    ask(*cache, "a");
    ask(*cache, "a");
    BOOST_TEST(flights.size() == 1u);
    land(0, value_of("old", 0, {"camera:1"}));
    expect({"old"});
    BOOST_TEST(flights.size() == 2u);
    land(1, value_of("new", 0, {"camera:1"}));
    expect({"new", "new"});
    BOOST_TEST(find(*cache, "a") == "new");
}

BOOST_AUTO_TEST_CASE(the_invalidation_of_another_tag_disturbs_nobody) {
    auto cache = registry.create("t", {});
    ask(*cache, "a");
    registry.invalidate("camera:2");
    ask(*cache, "a");
    land(0, value_of("1", 0, {"camera:1"}));
    expect({"1", "1"});
    BOOST_TEST(flights.size() == 1u);
    BOOST_TEST(find(*cache, "a") == "1");
}

BOOST_AUTO_TEST_CASE(erase_set_and_clear_keep_older_flights_from_being_stored) {
    auto cache = registry.create("t", {});
    ask(*cache, "a");
    cache->erase("a");
    land(0, value_of("old"));
    BOOST_TEST(find(*cache, "a") == "(none)");
    ask(*cache, "a");
    cache->set("a", value_of("set"));
    land(1, value_of("old"));
    BOOST_TEST(find(*cache, "a") == "set");
    ask(*cache, "b");
    registry.clear();
    land(2, value_of("old"));
    BOOST_TEST(find(*cache, "b") == "(none)");
    ask(*cache, "b");
    registry.erase_matching("t:b");
    land(3, value_of("old"));
    BOOST_TEST(find(*cache, "b") == "(none)");
}

BOOST_AUTO_TEST_CASE(a_stale_value_is_served_while_one_flight_renews_it) {
    auto cache = registry.create("t", {.ttl = 10s, .stale_for = 5s});
    cache->set("a", value_of("1"));
    clock.advance(11s);
    ask(*cache, "a");
    ask(*cache, "a");
    expect({"1", "1"});
    BOOST_TEST(flights.size() == 1u);
    BOOST_TEST(find(*cache, "a") == "(none)");
    land(0, value_of("2"));
    ask(*cache, "a");
    expect({"2"});
    clock.advance(16s);
    ask(*cache, "a");
    BOOST_TEST(answers.empty());
    BOOST_TEST(flights.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_renewal_that_failed_leaves_the_stale_value_and_is_not_repeated_at_once) {
    auto cache = registry.create("t", {.ttl = 10s, .stale_for = 60s, .negative_ttl = 2s});
    cache->set("a", value_of("1"));
    clock.advance(11s);
    ask(*cache, "a");
    fail(0, "down");
    ask(*cache, "a");
    expect({"1", "1"});
    BOOST_TEST(flights.size() == 1u);
    clock.advance(2s);
    ask(*cache, "a");
    BOOST_TEST(flights.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_flight_keeps_its_cache_alive_until_it_lands) {
    auto cache = registry.create("t", {});
    ask(*cache, "a");
    cache.reset();
    land(0, value_of("1"));
    expect({"1"});
    flights.clear();
    cache = registry.create("t", {});
}

BOOST_AUTO_TEST_SUITE_END()
