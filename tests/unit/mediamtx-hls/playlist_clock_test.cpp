#include <boost/test/unit_test.hpp>

#include <functional>

#include "hls/playlist_clock.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;
using std::chrono::microseconds;

namespace {

constexpr std::int64_t kSecond = 1'000'000;

// A muxer that lists a segment of 2 s every 2 s, and somebody who asks when the clock says so.
struct Simulation {
    std::function<std::int64_t(std::int64_t n)> listed_at_us = [](std::int64_t n) { return n * 2 * kSecond; };
    std::int64_t stamps_off_us = 0;
    bool stamped = true;
    PlaylistClock clock;
    std::int64_t now_us = 100 * kSecond;
    std::int64_t seen = 0;
    std::int64_t asked = 0, versions = 0, worst_age_us = 0;

    PlaylistClock::Now now() const { return {MonotonicTime{microseconds(now_us)}, UtcTime{now_us}}; }
    void run(int count) {
        for (int i = 0; i < count; ++i) {
            std::int64_t newest = seen;
            while (listed_at_us(newest + 1) <= now_us) ++newest;
            ++asked;
            if (newest == seen) {
                clock.unchanged(now());
            } else {
                ++versions;
                worst_age_us = std::max(worst_age_us, now_us - listed_at_us(newest));
                std::optional<UtcTime> end;
                if (stamped) end = UtcTime{listed_at_us(newest) + stamps_off_us};
                clock.changed(now(), end, 2 * kSecond);
                seen = newest;
            }
            const auto due_us = clock.due().time_since_epoch() / microseconds(1);
            BOOST_REQUIRE(due_us > now_us);
            now_us = due_us;
        }
    }
    void settle(int count) {
        run(count);
        asked = versions = worst_age_us = 0;
    }
    double per_version() const { return static_cast<double>(asked) / static_cast<double>(versions); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(playlist_clock)

BOOST_AUTO_TEST_CASE(a_steady_muxer_is_asked_once_per_version_and_soon_after_it) {
    Simulation run;
    run.now_us += 700'000;  // we come in between
    run.settle(1);
    run.run(1'000);
    BOOST_TEST(run.per_version() <= 1.001);
    BOOST_TEST(run.worst_age_us <= 200'000);
}

BOOST_AUTO_TEST_CASE(keyframes_that_come_irregularly_cost_few_questions) {
    Simulation run;
    run.listed_at_us = [](std::int64_t n) { return n * 2 * kSecond + (n * 7'919 % 61) * 1'000; };  // up to 60 ms late
    run.settle(20);
    run.run(1'000);
    BOOST_TEST(run.per_version() <= 1.05);
    BOOST_TEST(run.worst_age_us <= 500'000);
}

BOOST_AUTO_TEST_CASE(stamps_of_another_clock_are_seen_through) {
    for (const std::int64_t off_us : {-kSecond, -3 * kSecond, 30 * kSecond, -40 * kSecond}) {
        Simulation run;
        run.stamps_off_us = off_us;
        run.settle(150);
        run.run(1'000);
        BOOST_TEST_CONTEXT(off_us) {
            BOOST_TEST(run.per_version() <= 1.05);
            BOOST_TEST(run.worst_age_us <= 500'000);
        }
    }
}

BOOST_AUTO_TEST_CASE(without_stamps_the_rhythm_is_found) {
    Simulation run;
    run.stamped = false;
    run.now_us += 1'900'000;
    run.settle(60);
    run.run(1'000);
    BOOST_TEST(run.per_version() <= 1.05);
    BOOST_TEST(run.worst_age_us <= 500'000);
}

BOOST_AUTO_TEST_CASE(a_muxer_that_stands_still_is_asked_less_and_less_but_within_a_second) {
    PlaylistClock clock;
    std::int64_t now_us = 100 * kSecond, last_gap_us = 0;
    clock.changed({MonotonicTime{microseconds(now_us)}, UtcTime{now_us}}, std::nullopt, 2 * kSecond);
    for (int i = 0; i < 20; ++i) {
        now_us = clock.due().time_since_epoch() / microseconds(1);
        clock.unchanged({MonotonicTime{microseconds(now_us)}, UtcTime{now_us}});
        const std::int64_t gap_us = clock.due().time_since_epoch() / microseconds(1) - now_us;
        BOOST_TEST(gap_us >= last_gap_us);
        BOOST_TEST(gap_us <= kSecond);
        last_gap_us = gap_us;
    }
    BOOST_TEST(last_gap_us == kSecond);
}

BOOST_AUTO_TEST_SUITE_END()
