#include <boost/test/unit_test.hpp>

#include "waiting_room.h"

using namespace gatehouse;
using namespace gatehouse::hls;

namespace {

WaitingViewer viewer(std::int64_t camera_id) {
    WaitingViewer made;
    made.camera_id = camera_id;
    return made;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(waiting_room)

BOOST_AUTO_TEST_CASE(viewers_leave_by_camera_and_condition) {
    WaitingRoom room;
    for (std::int64_t i = 0; i < 4; ++i) {
        auto each = viewer(i);
        BOOST_TEST(room.enter(i < 3 ? "one" : "two", each));
    }
    BOOST_TEST(room.take("none", [](const auto&) { return true; }).empty());
    BOOST_TEST(room.take("one", [](const auto& each) { return each.camera_id == 1; }).size() == 1u);
    BOOST_TEST(room.take("one", [](const auto&) { return true; }).size() == 2u);
    BOOST_TEST(!room.empty());
    BOOST_TEST(room.take_all([](const auto& camera, const auto&) { return camera == "two"; }).size() == 1u);
    BOOST_TEST(room.empty());
}

BOOST_AUTO_TEST_CASE(a_full_room_takes_nobody_until_somebody_leaves) {
    WaitingRoom room;
    for (std::size_t i = 0; i < WaitingRoom::kMost; ++i) {
        auto each = viewer(1);
        BOOST_REQUIRE(room.enter("one", each));
    }
    auto late = viewer(1);
    BOOST_TEST(!room.enter("two", late));
    BOOST_TEST(room.take_all([first = true](const auto&, const auto&) mutable { return std::exchange(first, false); })
                   .size() == 1u);
    BOOST_TEST(room.enter("two", late));
}

BOOST_AUTO_TEST_SUITE_END()
