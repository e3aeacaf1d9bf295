#define BOOST_TEST_MODULE mediad_fragment_maker
#include <boost/test/unit_test.hpp>

#include "fragment_maker.h"

using namespace gatehouse::mediad;

namespace {

constexpr std::int64_t kFrameNs = 40'000'000;

/// Remembers what was made; each run with its fragments.
class Made final : public FragmentSink {
public:
    struct Run {
        RunInfo info;
        std::vector<FragmentInfo> fragments;
    };
    void run_begun(RunInfo run) override { runs.push_back({std::move(run), {}}); }
    void fragment_made(const FragmentInfo& fragment, std::span<const std::span<const std::byte>> parts) override {
        BOOST_TEST(parts.size() == 3U);
        runs.back().fragments.push_back(fragment);
    }
    std::vector<Run> runs;
};

VideoConfig video(std::optional<unsigned> depth = 0) {
    VideoConfig config;
    config.record.assign(10, std::byte{1});
    config.codec_string = "avc1.42C01E";
    config.width = 640;
    config.height = 360;
    config.reorder_depth = depth;
    return config;
}

AudioConfig audio() {
    AudioConfig config;
    config.record = {std::byte{0x12}, std::byte{0x10}};
    config.codec_string = "mp4a.40.2";
    config.sample_rate = 44100;
    config.channels = 2;
    config.samples_per_frame = 1024;
    return config;
}

struct Maker {
    Made made;
    FragmentMaker maker{made};
    std::array<std::byte, 100> bytes{};

    void picture(std::int64_t pts_ns, bool keyframe, std::int64_t arrival_us = 0) {
        maker.push({Track::video, pts_ns, arrival_us, keyframe, bytes});
    }
    void sound(std::int64_t pts_ns) { maker.push({Track::audio, pts_ns, 0, true, bytes}); }
    /// 25 pictures a second from `first` on, a keyframe every `gop`.
    void pictures(int first, int count, int gop) {
        for (int i = first; i < first + count; ++i) picture(i * kFrameNs, i % gop == 0);
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(nothing_is_made_before_a_configuration_and_a_keyframe) {
    Maker m;
    m.pictures(0, 10, 100);
    m.maker.set_video(video());
    m.pictures(10, 10, 100);
    m.maker.end_run();
    BOOST_TEST(m.made.runs.empty());
}

BOOST_AUTO_TEST_CASE(sound_that_is_known_before_the_first_fragment_ends_belongs_to_the_run) {
    Maker m;
    m.maker.set_video(video());
    m.pictures(0, 10, 50);
    m.maker.set_audio(audio());
    for (int i = 0; i < 30; ++i) m.sound(i * 23'219'955);
    m.pictures(10, 50, 50);
    m.maker.end_run();
    BOOST_REQUIRE(m.made.runs.size() == 1U);
    BOOST_TEST(m.made.runs[0].info.audio_codec == "mp4a.40.2");
}

BOOST_AUTO_TEST_CASE(sound_that_turns_up_later_begins_a_run_with_it) {
    Maker m;
    m.maker.set_video(video());
    m.pictures(0, 60, 50);
    m.maker.set_audio(audio());
    m.maker.set_audio(audio());
    m.pictures(60, 60, 50);
    m.maker.end_run();
    BOOST_REQUIRE(m.made.runs.size() == 2U);
    BOOST_TEST(m.made.runs[0].info.audio_codec == "");
    BOOST_TEST(m.made.runs[1].info.audio_codec == "mp4a.40.2");
}

BOOST_AUTO_TEST_CASE(an_unchanged_configuration_does_not_end_the_run) {
    Maker m;
    m.maker.set_video(video());
    m.pictures(0, 50, 50);
    m.maker.set_video(video());
    m.pictures(50, 50, 50);
    m.maker.end_run();
    BOOST_REQUIRE(m.made.runs.size() == 1U);
    BOOST_TEST(m.made.runs[0].fragments.size() == 4U);
}

BOOST_AUTO_TEST_CASE(a_fragment_is_complete_one_picture_after_its_last) {
    Maker m;
    m.maker.set_video(video());
    m.pictures(0, 25, 50);
    BOOST_TEST(m.made.runs.empty());
    m.pictures(25, 1, 50);
    BOOST_REQUIRE(m.made.runs.size() == 1U);
    BOOST_TEST(m.made.runs[0].fragments[0].duration == 90'000U);
}

BOOST_AUTO_TEST_CASE(the_wall_clock_of_a_fragment_is_the_arrival_of_its_first_picture) {
    Maker m;
    m.maker.set_video(video());
    for (int i = 0; i < 60; ++i) m.picture(i * kFrameNs, i % 50 == 0, 1'000 + i);
    m.maker.end_run();
    BOOST_TEST(m.made.runs[0].info.started_us == 1'000);
    BOOST_TEST(m.made.runs[0].fragments[1].wallclock_us == 1'025);
    BOOST_TEST(m.made.runs[0].fragments[2].wallclock_us == 1'050);
}

BOOST_AUTO_TEST_CASE(undeclared_reordering_costs_one_run_and_is_known_then) {
    Maker m;
    m.maker.set_video(video(std::nullopt));
    for (int gop = 0; gop < 4; ++gop) {
        for (const int i : {0, 3, 1, 2, 6, 4, 5, 9, 7, 8}) m.picture((gop * 10 + i) * kFrameNs, i == 0);
    }
    m.maker.end_run();
    BOOST_REQUIRE(m.made.runs.size() == 2U);
    std::uint32_t pictures = 0;
    for (const auto& f : m.made.runs[1].fragments) pictures += f.pictures;
    BOOST_TEST(pictures == 30U);
}

BOOST_AUTO_TEST_CASE(a_short_step_back_of_the_clock_ends_the_run) {
    Maker m;
    m.maker.set_video(video());
    m.pictures(0, 60, 20);
    for (int i = 0; i < 60; ++i) m.picture((60 - 15 + i) * kFrameNs, i % 20 == 5);
    m.maker.end_run();
    BOOST_TEST(m.made.runs.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_picture_without_a_time_follows_the_one_before) {
    Maker m;
    m.maker.set_video(video());
    for (int i = 0; i < 51; ++i) m.picture(i % 3 == 2 ? kNoTime : i * kFrameNs, i % 50 == 0);
    m.maker.end_run();
    BOOST_REQUIRE(m.made.runs.size() == 1U);
    BOOST_TEST(m.made.runs[0].fragments[2].decode_time == 180'000U);
}

BOOST_AUTO_TEST_CASE(pictures_beyond_all_measure_are_left_out_and_a_fragment_stays_bounded) {
    Maker m;
    m.maker.set_video(video());
    const std::vector<std::byte> monster(9 * 1024 * 1024);
    m.pictures(0, 10, 10);
    m.maker.push({Track::video, 10 * kFrameNs, 0, true, monster});
    m.pictures(20, 10, 10);
    m.maker.end_run();
    BOOST_TEST(m.made.runs.size() == 2U);
    for (std::int64_t i = 0; i < 5'000; ++i) m.picture(100 * kFrameNs + i * 11'112, i == 0);
    m.maker.end_run();
    for (const auto& f : m.made.runs.back().fragments) BOOST_TEST(f.pictures <= 1'000U);
}

BOOST_AUTO_TEST_CASE(decode_times_have_no_holes_whatever_the_source_does) {
    Maker m;
    m.maker.set_video(video(2));
    std::uint32_t state = 1;
    std::int64_t t = 0;
    for (int i = 0; i < 20'000; ++i) {
        state = state * 1664525 + 1013904223;
        t += static_cast<std::int64_t>(state >> 8) % 80'000'000 - (state % 97 == 0 ? 2'000'000'000 : 5'000'000);
        m.picture(t < 0 ? t = 0 : t, state % 31 == 0);
    }
    m.maker.end_run();
    BOOST_TEST(m.made.runs.size() > 10U);
    for (const auto& run : m.made.runs) {
        std::uint64_t next = 0;
        for (const auto& f : run.fragments) {
            BOOST_REQUIRE_EQUAL(f.decode_time, next);
            BOOST_REQUIRE_GT(f.duration, 0U);
            next += f.duration;
        }
        BOOST_TEST(run.fragments.front().keyframe);
    }
}

BOOST_AUTO_TEST_CASE(the_last_fragment_of_a_gop_says_so) {
    Maker m;
    m.maker.set_video(video());
    m.pictures(0, 120, 50);
    m.maker.end_run();
    const auto& fragments = m.made.runs.at(0).fragments;
    BOOST_REQUIRE(fragments.size() == 5U);
    for (std::size_t i = 0; i < fragments.size(); ++i)
        BOOST_TEST(fragments[i].ends_gop == (i + 1 == fragments.size() || fragments[i + 1].keyframe));
}
