#define BOOST_TEST_MODULE mediad_clocks
#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "access_unit.h"
#include "audio_clock.h"
#include "decode_clock.h"
#include "jump_detector.h"

using namespace gatehouse::mediad;

namespace {

std::vector<std::int64_t> decode_times(DecodeClock& clock, const std::vector<std::int64_t>& pts) {
    std::vector<std::int64_t> out;
    for (const auto t : pts) out.push_back(clock.next(t).value_or(-1));
    return out;
}

constexpr std::int64_t kFrame = 3600;
constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kFrameNs = 40'000'000;

}  // namespace

BOOST_AUTO_TEST_CASE(without_reordering_a_picture_is_decoded_when_it_is_shown) {
    DecodeClock clock;
    clock.reset(0, kFrame);
    const std::vector<std::int64_t> pts{1000, 4600, 8200};
    BOOST_TEST(decode_times(clock, pts) == pts, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(with_b_pictures_decode_times_grow_and_never_pass_presentation) {
    DecodeClock clock;
    clock.reset(2, kFrame);
    // Shown 0 1 2 3 4 5 6 7 8; decoded I0 P4 B2 b1 b3 P8 B6 b5 b7.
    std::vector<std::int64_t> pts;
    for (const int i : {0, 4, 2, 1, 3, 8, 6, 5, 7}) pts.push_back(90'000 + i * kFrame);
    const auto dts = decode_times(clock, pts);
    for (std::size_t i = 0; i < pts.size(); ++i) {
        BOOST_TEST(dts[i] <= pts[i]);
        if (i > 0) BOOST_TEST(dts[i] == dts[i - 1] + kFrame);
    }
}

BOOST_AUTO_TEST_CASE(two_pictures_with_one_time_are_decoded_one_after_the_other) {
    DecodeClock clock;
    clock.reset(0, kFrame);
    const std::vector<std::int64_t> expected{0, 1, 7200};
    BOOST_TEST(decode_times(clock, {0, 0, 7200}) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_picture_before_what_was_decoded_is_refused) {
    DecodeClock clock;
    clock.reset(0, kFrame);
    BOOST_TEST(clock.next(7200).has_value());
    BOOST_TEST(!clock.next(3600).has_value());
}

BOOST_AUTO_TEST_CASE(the_reorder_depth_is_learned_and_a_long_way_back_is_not_reordering) {
    ReorderObserver observer;
    for (const std::int64_t t : {0, 3, 1, 2, 6, 4, 5}) observer.see(t);
    BOOST_TEST(observer.depth() == 1U);
    for (const std::int64_t t : {10, 8, 7, 9}) observer.see(t);
    BOOST_TEST(observer.depth() == 2U);
    ReorderObserver jumped;
    for (const std::int64_t t : {100, 101, 102, 103, 104, 105, 106, 50, 51, 52}) jumped.see(t);
    BOOST_TEST(jumped.depth() == 0U);
}

BOOST_AUTO_TEST_CASE(the_clock_of_the_source_jumps_forward_beyond_a_second_and_a_half_and_back_beyond_one) {
    JumpDetector detector;
    BOOST_TEST(!detector.jumps(0));
    BOOST_TEST(!detector.jumps(135'000));
    BOOST_TEST(detector.jumps(135'000 + 400'000));
    BOOST_TEST(!detector.jumps(135'000 + 400'000 - 80'000));
    BOOST_TEST(detector.jumps(0));
    BOOST_TEST(!detector.jumps(3600));
}

BOOST_AUTO_TEST_CASE(a_camera_of_one_picture_in_two_seconds_is_slow_not_jumping) {
    JumpDetector detector;
    unsigned jumps = 0;
    for (int i = 0; i < 20; ++i) jumps += detector.jumps(i * 180'000LL) ? 1U : 0U;
    BOOST_TEST(jumps <= 1U);
}

BOOST_AUTO_TEST_CASE(the_first_jump_does_not_spoil_the_pace_of_a_normal_camera) {
    JumpDetector detector;
    std::int64_t t = 0;
    for (int i = 0; i < 50; ++i) BOOST_TEST(!detector.jumps(t += 3600));
    BOOST_TEST(detector.jumps(t += 90'000 * 3600LL));
    for (int i = 0; i < 50; ++i) BOOST_TEST(!detector.jumps(t += 3600));
    BOOST_TEST(detector.jumps(t += 200'000));
}

BOOST_AUTO_TEST_CASE(audio_frames_follow_each_other_exactly_in_spite_of_jitter) {
    AudioClock clock;
    clock.reset(48'000, 1024, 5 * kSecondNs);
    for (int i = 0; i < 100; ++i) {
        const std::int64_t jitter = (i % 7 - 3) * 9'000'000;
        const std::int64_t pts = 6 * kSecondNs + i * 1024 * kSecondNs / 48'000 + (i == 0 ? 0 : jitter);
        BOOST_TEST(clock.place(pts).value() == 48'000U + static_cast<unsigned>(i) * 1024U);
    }
}

BOOST_AUTO_TEST_CASE(audio_frames_without_a_time_or_with_the_same_time_follow_the_one_before) {
    AudioClock clock;
    clock.reset(8'000, 1024, 0);
    BOOST_TEST(!clock.place(kNoTime).has_value());
    BOOST_TEST(clock.place(0).value() == 0U);
    BOOST_TEST(clock.place(kNoTime).value() == 1024U);
    BOOST_TEST(clock.place(384'000'000).value() == 2048U);
    for (unsigned i = 3; i < 10; ++i) BOOST_TEST(clock.place(384'000'000).value() == i * 1024U);
}

BOOST_AUTO_TEST_CASE(missing_audio_leaves_a_hole_and_repeated_audio_is_dropped) {
    AudioClock clock;
    clock.reset(48'000, 1024, 0);
    BOOST_TEST(clock.place(0).value() == 0U);
    BOOST_TEST(clock.place(2 * kSecondNs).value() == 96'000U);
    BOOST_TEST(!clock.place(1 * kSecondNs).has_value());
    BOOST_TEST(!clock.place(kNoTime).has_value());
    BOOST_TEST(clock.place(2 * kSecondNs + 21'333'333).value() == 97'024U);
    BOOST_TEST(clock.place(kNoTime).value() == 98'048U);
}

BOOST_AUTO_TEST_CASE(audio_after_the_latest_time_allowed_has_no_place_nor_has_what_follows_it) {
    AudioClock clock;
    clock.reset(48'000, 1024, 0);
    BOOST_TEST(clock.place(0, 3 * kSecondNs).value() == 0U);
    BOOST_TEST(!clock.place(100 * kSecondNs, 3 * kSecondNs).has_value());
    BOOST_TEST(!clock.place(kNoTime, 3 * kSecondNs).has_value());
    BOOST_TEST(clock.place(21'333'333, 3 * kSecondNs).value() == 1024U);
}

BOOST_AUTO_TEST_CASE(audio_before_the_base_has_no_place) {
    AudioClock clock;
    clock.reset(48'000, 1024, kSecondNs);
    BOOST_TEST(!clock.place(kSecondNs - 30'000'000).has_value());
    BOOST_TEST(!clock.place(kSecondNs - 8'666'666).has_value());
    BOOST_TEST(clock.place(kSecondNs + 12'666'667).has_value());
}

BOOST_AUTO_TEST_CASE(sound_that_drifts_stays_within_about_a_second_of_the_picture) {
    for (const std::int64_t step_ns : {40'400'000LL, 39'600'000LL}) {
        AudioAnchor anchor;
        for (int i = 0; i < 20'000; ++i) {
            anchor.see_picture(i * kFrameNs);
            const std::int64_t apart_ns = anchor.move(i * step_ns) - i * kFrameNs;
            BOOST_REQUIRE_LT(apart_ns, 1'100'000'000);
            BOOST_REQUIRE_GT(apart_ns, -1'100'000'000);
        }
    }
}

BOOST_AUTO_TEST_CASE(sound_is_not_moved_without_a_picture_or_a_time) {
    AudioAnchor anchor;
    BOOST_TEST(anchor.move(100 * kSecondNs) == 100 * kSecondNs);
    anchor.see_picture(0);
    BOOST_TEST(anchor.move(kNoTime) == kNoTime);
    BOOST_TEST(!anchor.is_apart());
}

BOOST_AUTO_TEST_CASE(sound_is_moved_once_the_clock_of_the_pictures_has_jumped_for_some_turns) {
    AudioAnchor anchor;
    for (unsigned i = 1; i < AudioAnchor::kTurns; ++i) {
        anchor.see_picture(1'000 * kSecondNs + i * kFrameNs);
        BOOST_TEST(anchor.move(i * kFrameNs) == i * kFrameNs);
        BOOST_TEST(anchor.is_apart());
    }
    anchor.see_picture(1'001 * kSecondNs);
    BOOST_TEST(anchor.move(kSecondNs) == 1'001 * kSecondNs);
    BOOST_TEST(!anchor.is_apart());
}

BOOST_AUTO_TEST_CASE(bursts_and_pauses_of_sound_or_pictures_move_nothing) {
    AudioAnchor anchor;
    int now = 0;
    const auto both = [&](int pictures, int sounds) {
        for (int i = 0; i < pictures; ++i) anchor.see_picture((now + i) * kFrameNs);
        for (int i = 0; i < sounds; ++i) BOOST_TEST(anchor.move((now + i) * kFrameNs) == (now + i) * kFrameNs);
        now += std::max(pictures, sounds);
    };
    for (int i = 0; i < 40; ++i) both(50, 50);
    for (int i = 0; i < 40; ++i) both(1, 100);
    for (int i = 0; i < 40; ++i) {
        both(99, 0);
        both(1, 1);
    }
}
