#include <boost/test/unit_test.hpp>

#include "hosted.h"
#include "viewer_log.h"

using namespace gatehouse;
using namespace gatehouse::hls;
using std::chrono::seconds;

namespace {

struct Row {
    std::int64_t camera_id, started_us, ended_us;
    std::string address, user_agent;
};

struct WithDatabase : test::Hosted {
    WithDatabase() { open_database("hls-proxy", "hls_", kViewerMigrations); }
};

struct Fixture : WithDatabase {
    std::vector<Row> rows() {
        // The writer runs in order: after this empty write the flush before it is done.
        database->write("test.barrier", Durability::kNormal, [](WriteTx&) {}).get();
        return database->read("test.rows", [](ReadTx& tx) {
            std::vector<Row> out;
            auto& s = tx.prepare(
                "SELECT camera_id, started_at_us, coalesce(ended_at_us, 0), address, user_agent"
                " FROM hls_viewer_session ORDER BY id");
            while (s.step()) out.push_back({s.integer(0), s.integer(1), s.integer(2), s.text(3), s.text(4)});
            return out;
        });
    }
    testing::FakeClock& clock = context.fake_clock;
    ViewerTable table{seconds(15), clock};
    ViewerLog log{*database, table, clock, {std::chrono::hours(24), 1'000}};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(viewer_log, Fixture)

BOOST_AUTO_TEST_CASE(a_session_is_one_row_with_its_beginning_and_its_end) {
    const auto began = clock.utc_now().us;
    table.touch(3, "192.0.2.1", "VLC");
    log.flush();
    BOOST_REQUIRE(rows().size() == 1u);
    BOOST_TEST(rows()[0].camera_id == 3);
    BOOST_TEST(rows()[0].started_us == began);
    BOOST_TEST(rows()[0].ended_us == 0);
    BOOST_TEST(rows()[0].address == "192.0.2.1");
    BOOST_TEST(rows()[0].user_agent == "VLC");
    clock.advance(seconds(5));
    table.touch(3, "192.0.2.1", "VLC");
    clock.advance(seconds(16));
    table.sweep();
    log.flush();
    BOOST_REQUIRE(rows().size() == 1u);
    BOOST_TEST(rows()[0].ended_us == began + 5'000'000);
}

BOOST_AUTO_TEST_CASE(all_that_changed_is_one_write) {
    for (int i = 0; i < 100; ++i) table.touch(1, "client " + std::to_string(i), "VLC");
    const auto before = pool->stats().writes;
    log.flush();
    BOOST_TEST(rows().size() == 100u);
    BOOST_TEST(pool->stats().writes - before == 2u);  // the flush and the barrier
    log.flush();                                      // nothing changed: nothing is written
    rows();
    BOOST_TEST(pool->stats().writes - before == 3u);  // a barrier more
}

BOOST_AUTO_TEST_CASE(sessions_of_a_killed_gateway_end_when_it_last_wrote) {
    table.touch(1, "192.0.2.1", "VLC");
    clock.advance(seconds(8));
    log.flush();
    const auto flushed = clock.utc_now().us;
    rows();
    clock.advance(std::chrono::hours(2));
    ViewerTable fresh_table(seconds(15), clock);
    ViewerLog fresh(*database, fresh_table, clock, {std::chrono::hours(24), 1'000});
    fresh.close_leftovers();
    BOOST_REQUIRE(rows().size() == 1u);
    BOOST_TEST(rows()[0].ended_us == flushed);
}

BOOST_AUTO_TEST_CASE(a_viewer_who_stayed_for_hours_until_the_gateway_was_killed_has_watched_for_hours) {
    const auto minutes_watched = 120;
    for (int i = 0; i < minutes_watched * 6; ++i) {
        table.touch(1, "192.0.2.1", "VLC");
        table.sweep();
        log.flush();
        rows();  // written before the next
        clock.advance(seconds(10));
    }
    const auto killed = clock.utc_now().us;
    ViewerTable fresh_table(seconds(15), clock);
    ViewerLog fresh(*database, fresh_table, clock, {std::chrono::hours(24), 1'000});
    fresh.close_leftovers();
    BOOST_REQUIRE(rows().size() == 1u);
    BOOST_TEST(rows()[0].ended_us <= killed);
    BOOST_TEST(rows()[0].ended_us >= killed - 70'000'000);
}

BOOST_AUTO_TEST_CASE(old_sessions_are_removed) {
    table.touch(1, "192.0.2.1", "VLC");
    table.end_all();
    log.flush();
    rows();
    clock.advance(std::chrono::hours(25));
    table.touch(2, "192.0.2.1", "VLC");
    log.flush();
    BOOST_REQUIRE(rows().size() == 1u);
    BOOST_TEST(rows()[0].camera_id == 2);
}

// Under ever new names, beside one viewer who stays.
BOOST_AUTO_TEST_CASE(more_sessions_than_allowed_push_out_the_oldest_that_have_ended) {
    ViewerLog bounded(*database, table, clock, {std::chrono::hours(24), 700});
    table.touch(1, "192.0.2.1", "stays");
    std::int64_t camera = 2;
    for (int round = 0; round < 12; ++round) {
        for (int i = 0; i < 200; ++i) table.touch(camera++, "192.0.2.2", "VLC");
        clock.advance(seconds(10));
        table.touch(1, "192.0.2.1", "stays");
        clock.advance(seconds(10));
        table.sweep();
        bounded.flush();
        BOOST_TEST(rows().size() <= 700u);
    }
    const auto left = rows();
    BOOST_TEST(left.size() == 700u);
    BOOST_TEST(left.front().user_agent == "stays");
    BOOST_TEST(left.back().camera_id == camera - 1);
    BOOST_TEST(left[1].camera_id == camera - static_cast<std::int64_t>(left.size()) + 1);  // none is missing in between
}

BOOST_AUTO_TEST_SUITE_END()
