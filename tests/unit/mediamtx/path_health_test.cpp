#include <boost/test/unit_test.hpp>

#include "path_health.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;
using namespace std::chrono_literals;
using State = CameraLive::State;

namespace {

// One camera that is looked at every second.
struct Watched {
    bool look(const PathItem* item, const std::string& cause = {}, bool on_demand = false,
              std::chrono::milliseconds later = 1s) {
        now += later;
        utc = utc + later;
        return look_at(health, {item, on_demand, cause, now, utc});
    }
    PathItem available(std::uint64_t bytes, std::string time = "t1") const {
        PathItem item;
        item.available = true;
        item.available_time = std::move(time);
        item.bytes = bytes;
        return item;
    }
    void go_live() {
        PathItem item = available(1'000);
        look(&item);
        item.bytes = 2'000;
        look(&item);
        BOOST_REQUIRE((health.state == State::kLive));
    }
    PathHealth health;
    MonotonicTime now = MonotonicTime{} + 1h;
    UtcTime utc{1'000'000'000};
    const PathItem down;

    Watched() { health.watched_since = now; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(path_health, Watched)

BOOST_AUTO_TEST_CASE(growth_makes_a_camera_live_and_availability_alone_does_not) {
    PathItem item = available(5'000);
    look(&item);
    BOOST_TEST((health.state == State::kConnecting));
    item.bytes = 6'000;
    BOOST_TEST(look(&item));
    BOOST_TEST((health.state == State::kLive));
    BOOST_TEST(health.cause.empty());
    BOOST_TEST(health.since.us == utc.us);
}

BOOST_AUTO_TEST_CASE(a_camera_that_is_available_for_ever_without_bytes_is_offline) {
    const PathItem item = available(0);
    for (int i = 0; i < 10; ++i) look(&item);
    BOOST_TEST((health.state == State::kOffline));
    BOOST_TEST(health.cause == "the camera answers but sends no pictures");
}

BOOST_AUTO_TEST_CASE(a_camera_that_is_available_in_turns_but_silent_never_becomes_live) {
    for (int round = 0; round < 4; ++round) {
        const PathItem item = available(0, "t" + std::to_string(round));
        for (int i = 0; i < 10; ++i) {
            look(&item);
            BOOST_TEST((health.state != State::kLive));
        }
        for (int i = 0; i < 5; ++i) look(&down, "the camera answers but sends no pictures");
    }
    BOOST_TEST((health.state == State::kOffline));
}

BOOST_AUTO_TEST_CASE(a_live_camera_may_pause_for_seconds_but_not_for_long) {
    go_live();
    PathItem item = available(2'000);
    for (int i = 0; i < 5; ++i) BOOST_TEST(!look(&item));
    BOOST_TEST((health.state == State::kLive));
    for (int i = 0; i < 3; ++i) look(&item);
    BOOST_TEST((health.state == State::kOffline));
}

BOOST_AUTO_TEST_CASE(a_lost_connection_is_offline_at_once_with_the_logs_words) {
    go_live();
    BOOST_TEST(look(&down, "the camera closed the connection"));
    BOOST_TEST((health.state == State::kOffline));
    BOOST_TEST(health.cause == "the camera closed the connection");
}

BOOST_AUTO_TEST_CASE(a_reconnect_between_two_looks_is_counted_and_no_negative_traffic) {
    go_live();
    PathItem item = available(500, "t2");
    BOOST_TEST(!look(&item));
    BOOST_TEST((health.state == State::kLive));
    BOOST_TEST(health.reconnects == 1u);
    item = available(100, "t2");  // less than before with the same time: a reset all the same
    look(&item);
    BOOST_TEST(health.reconnects == 2u);
}

BOOST_AUTO_TEST_CASE(a_new_camera_gets_its_time_unless_the_log_knows_better) {
    look(&down);
    BOOST_TEST((health.state == State::kConnecting));
    look(&down, "wrong user or password");
    BOOST_TEST((health.state == State::kOffline));
    Watched other;
    for (int i = 0; i < 15; ++i) other.look(&other.down);
    BOOST_TEST((other.health.state == State::kOffline));
}

BOOST_AUTO_TEST_CASE(an_idle_camera_on_demand_is_no_fault) {
    look(&down, "", true);
    BOOST_TEST((health.state == State::kUnknown));
    go_live();
    look(&down, "", true);
    BOOST_TEST((health.state == State::kUnknown));
}

BOOST_AUTO_TEST_CASE(a_path_that_is_not_listed_is_being_set_up) {
    look(nullptr);
    BOOST_TEST((health.state == State::kConnecting));
}

BOOST_AUTO_TEST_CASE(without_mediamtx_nothing_is_live_and_the_next_growth_needs_two_looks) {
    go_live();
    BOOST_TEST(lose_sight(health, State::kOffline, "MediaMTX is not running", utc));
    BOOST_TEST((health.state == State::kOffline));
    PathItem item = available(9'000);
    look(&item);
    BOOST_TEST((health.state != State::kLive));
    item.bytes = 9'500;
    look(&item);
    BOOST_TEST((health.state == State::kLive));
}

BOOST_AUTO_TEST_SUITE_END()
