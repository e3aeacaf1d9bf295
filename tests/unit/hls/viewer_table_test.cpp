#include <boost/test/unit_test.hpp>

#include <gatehouse/testing/fake_clock.h>

#include "viewer_table.h"

using namespace gatehouse;
using namespace gatehouse::hls;
using std::chrono::seconds;

namespace {

struct Fixture {
    testing::FakeClock clock;
    ViewerTable table{seconds(15), clock};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(viewer_table, Fixture)

BOOST_AUTO_TEST_CASE(one_viewer_is_one_address_with_one_player_at_one_camera) {
    for (int i = 0; i < 3; ++i) table.touch(1, "192.0.2.1", "VLC");
    table.touch(1, "192.0.2.1", "Chrome");
    table.touch(1, "192.0.2.2", "VLC");
    table.touch(2, "192.0.2.1", "VLC");
    table.sweep();
    BOOST_TEST(table.active() == 4u);
    BOOST_TEST(table.active(1) == 3u);
    BOOST_TEST(table.active(2) == 1u);
    BOOST_TEST(table.active(3) == 0u);
}

BOOST_AUTO_TEST_CASE(a_viewer_leaves_after_fifteen_seconds_of_silence) {
    table.touch(1, "192.0.2.1", "VLC");
    clock.advance(seconds(10));
    table.touch(1, "192.0.2.1", "VLC");
    clock.advance(seconds(15));
    table.sweep();
    BOOST_TEST(table.active() == 1u);
    clock.advance(seconds(1));
    table.sweep();
    BOOST_TEST(table.active() == 0u);
    const auto changes = table.take_changes();
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_TEST((changes[0].ended - changes[0].started == seconds(10)));
}

BOOST_AUTO_TEST_CASE(changes_tell_each_beginning_and_each_end_once) {
    table.touch(1, "192.0.2.1", "VLC");
    const auto began = table.take_changes();
    BOOST_REQUIRE(began.size() == 1u);
    BOOST_TEST(began[0].ended.us == 0);
    BOOST_TEST(began[0].address == "192.0.2.1");
    BOOST_TEST(table.take_changes().empty());
    table.end_all();
    const auto ended = table.take_changes();
    BOOST_REQUIRE(ended.size() == 1u);
    BOOST_TEST(ended[0].id == began[0].id);
    BOOST_TEST(ended[0].ended.us > 0);
    BOOST_TEST(table.take_changes().empty());
    BOOST_TEST(table.active() == 0u);
}

BOOST_AUTO_TEST_CASE(ids_rise_even_within_one_microsecond) {
    table.touch(1, "192.0.2.1", "VLC");
    table.touch(1, "192.0.2.2", "VLC");
    const auto changes = table.take_changes();
    BOOST_REQUIRE(changes.size() == 2u);
    BOOST_TEST(changes[0].id != changes[1].id);
}

BOOST_AUTO_TEST_CASE(a_flood_of_viewers_takes_bounded_memory) {
    const auto most = ViewerTable::kShards * ViewerTable::kMostPerShard;
    for (std::size_t i = 0; i < 2 * most; ++i) table.touch(1, "client " + std::to_string(i), "flood");
    table.sweep();
    BOOST_TEST(table.active() <= most);
    BOOST_TEST(table.uncounted() >= most);
    clock.advance(seconds(16));
    table.sweep();
    BOOST_TEST(table.take_changes().size() <= most);
}

BOOST_AUTO_TEST_CASE(one_address_is_a_bounded_number_of_viewers_whatever_names_it_takes) {
    for (int i = 0; i < 1000; ++i) table.touch(1 + i % 3, "192.0.2.1", "player " + std::to_string(i));
    table.touch(1, "192.0.2.2", "VLC");
    table.sweep();
    BOOST_TEST(table.active() == ViewerTable::kMostPerAddress + 1);
    BOOST_TEST(table.uncounted() == 1000 - ViewerTable::kMostPerAddress);
    clock.advance(seconds(16));
    table.sweep();
    table.touch(1, "192.0.2.1", "another");
    table.sweep();
    BOOST_TEST(table.active() == 1u);
}

BOOST_AUTO_TEST_CASE(a_long_user_agent_is_cut) {
    table.touch(1, "192.0.2.1", std::string(10'000, 'x'));
    BOOST_TEST(table.take_changes().front().user_agent.size() == ViewerTable::kMostUserAgent);
}

BOOST_AUTO_TEST_SUITE_END()
