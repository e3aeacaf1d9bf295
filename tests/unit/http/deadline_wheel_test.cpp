#include <boost/test/unit_test.hpp>

#include <vector>

#include "http/deadline_wheel.h"

using namespace gatehouse::http;

namespace {

struct Item : DeadlineNode {
    int name = 0;
};

std::vector<int> tick(DeadlineWheel& wheel) {
    std::vector<int> expired;
    wheel.tick([&](DeadlineNode& node) { expired.push_back(static_cast<Item&>(node).name); });
    return expired;
}

// The tick at which the item expires, at most `limit` ticks on; 0 if it does not.
std::uint64_t expiry(DeadlineWheel& wheel, std::uint64_t limit) {
    for (std::uint64_t i = 0; i < limit; ++i)
        if (!tick(wheel).empty()) return wheel.now();
    return 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(deadline_wheel)

BOOST_AUTO_TEST_CASE(a_deadline_passes_at_its_tick) {
    DeadlineWheel wheel(8);
    Item item;
    wheel.set(item, 5);
    BOOST_TEST(expiry(wheel, 20) == 5u);
    BOOST_TEST(expiry(wheel, 20) == 0u);
}

BOOST_AUTO_TEST_CASE(one_in_the_past_passes_at_the_next_tick) {
    DeadlineWheel wheel(8);
    Item item;
    for (int i = 0; i < 4; ++i) tick(wheel);
    wheel.set(item, 1);
    BOOST_TEST(expiry(wheel, 20) == 5u);
}

BOOST_AUTO_TEST_CASE(deadlines_beyond_the_wheel_go_round_it) {
    DeadlineWheel wheel(8);
    Item item;
    wheel.set(item, 100);
    BOOST_TEST(expiry(wheel, 200) == 100u);
}

BOOST_AUTO_TEST_CASE(a_deadline_can_be_put_off_and_brought_forward) {
    DeadlineWheel wheel(8);
    Item later, sooner;
    wheel.set(later, 3);
    wheel.set(later, 6);
    BOOST_TEST(expiry(wheel, 20) == 6u);
    wheel.set(sooner, wheel.now() + 7);
    wheel.set(sooner, wheel.now() + 2);
    BOOST_TEST(expiry(wheel, 20) == 8u);
}

BOOST_AUTO_TEST_CASE(an_expiry_may_destroy_others_that_are_due) {
    DeadlineWheel wheel(8);
    auto first = std::make_unique<Item>();
    auto second = std::make_unique<Item>();
    wheel.set(*first, 2);
    wheel.set(*second, 2);
    int expired = 0;
    for (int i = 0; i < 4; ++i)
        wheel.tick([&](DeadlineNode& node) {
            ++expired;
            if (&node == first.get())
                second.reset();
            else
                first.reset();
        });
    BOOST_TEST(expired == 1);
}

BOOST_AUTO_TEST_SUITE_END()
