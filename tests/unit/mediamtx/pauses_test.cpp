#include <gatehouse/back_off.h>
#include <boost/test/unit_test.hpp>

#include "breakers.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;
using namespace std::chrono_literals;

namespace {

struct Dead {
    Breakers breakers{60s, 20s};
    MonotonicTime now = MonotonicTime{} + 1h;

    bool note(bool live, std::chrono::milliseconds later = 5s) {
        now += later;
        return breakers.note("a", live, now, 0.5);
    }
    void give_up() {
        note(false);
        BOOST_REQUIRE(note(false, 60s));
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(pauses)

BOOST_AUTO_TEST_CASE(waiting_times_double_to_a_bound_and_are_spread) {
    BackOff back_off(100ms, 300ms);
    BOOST_TEST((back_off.next(0) == 75ms));
    BOOST_TEST((back_off.next(1) == 250ms));
    BOOST_TEST((back_off.next(0.5) == 300ms));
    BOOST_TEST((back_off.next(0.5) == 300ms));
    back_off.reset();
    BOOST_TEST((back_off.next(0.5) == 100ms));
}

BOOST_FIXTURE_TEST_CASE(a_camera_is_given_up_only_after_its_time, Dead) {
    BOOST_TEST(!note(false));
    BOOST_TEST(!note(false, 54s));
    BOOST_TEST(note(false, 6s));
    BOOST_TEST(breakers.is_given_up("a"));
    BOOST_TEST(breakers.is_dead("a"));
    BOOST_TEST(!note(false));
}

BOOST_FIXTURE_TEST_CASE(a_camera_that_lives_now_and_then_is_never_given_up, Dead) {
    for (int i = 0; i < 20; ++i) {
        BOOST_TEST(!note(false, 50s));
        BOOST_TEST(!note(true));
    }
    BOOST_TEST(breakers.given_up().empty());
}

BOOST_FIXTURE_TEST_CASE(trials_come_in_their_turn, Dead) {
    give_up();
    BOOST_TEST(breakers.due(now + 19s, 0.5).empty());
    BOOST_TEST(breakers.due(now + 21s, 0.5).size() == 1u);
    BOOST_TEST(breakers.due(now + 22s, 0.5).empty());
    BOOST_TEST(breakers.due(now + 42s, 0.5).size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_camera_that_returns_stays_on_demand_but_is_dead_no_more, Dead) {
    give_up();
    BOOST_TEST(note(true));
    BOOST_TEST(breakers.is_given_up("a"));
    BOOST_TEST(!breakers.is_dead("a"));
    BOOST_TEST(breakers.due(now + 1h, 0.5).empty());
    BOOST_TEST(note(false));
    BOOST_TEST(breakers.is_dead("a"));
    BOOST_TEST(breakers.dead() == 1u);
}

BOOST_FIXTURE_TEST_CASE(new_settings_are_a_new_chance, Dead) {
    give_up();
    breakers.forget("a");
    BOOST_TEST(!breakers.is_given_up("a"));
    give_up();
    breakers.keep_only([](const std::string&) { return false; });
    BOOST_TEST(breakers.given_up().empty());
}

BOOST_AUTO_TEST_SUITE_END()
