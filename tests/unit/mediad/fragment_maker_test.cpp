#define BOOST_TEST_MODULE mediad_fragment_maker
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "fragment_maker.h"

using namespace gatehouse::mediad;

namespace {

constexpr std::int64_t kFrameNs = 40'000'000;

/// The decode time of the last track in a moof.
std::uint64_t last_decode_time(std::span<const std::byte> moof) {
    constexpr std::string_view kTag = "tfdt";
    const auto same = [](std::byte a, char b) { return static_cast<char>(a) == b; };
    const auto found = std::find_end(moof.begin(), moof.end(), kTag.begin(), kTag.end(), same);
    const auto at = static_cast<std::size_t>(found - moof.begin()) + 8;
    BOOST_REQUIRE(at + 8 <= moof.size());
    std::uint64_t time = 0;
    for (std::size_t i = at; i < at + 8; ++i) time = time << 8 | std::to_integer<std::uint64_t>(moof[i]);
    return time;
}

/// Remembers what was made; each run with its fragments.
class Made final : public FragmentSink {
public:
    struct Sound {
        std::size_t bytes = 0;
        std::uint64_t decode_time = 0;  // without sound: that of the pictures
    };
    struct Run {
        RunInfo info;
        std::vector<FragmentInfo> fragments;
        std::vector<Sound> sound;  // one for each fragment

        std::uint32_t pictures() const {
            std::uint32_t count = 0;
            for (const auto& f : fragments) count += f.pictures;
            return count;
        }
    };
    void run_begun(RunInfo run) override { runs.push_back({std::move(run), {}, {}}); }
    void fragment_made(const FragmentInfo& fragment, std::span<const std::span<const std::byte>> parts) override {
        BOOST_TEST(parts.size() == 3U);
        runs.back().fragments.push_back(fragment);
        runs.back().sound.push_back({parts[2].size(), last_decode_time(parts[0])});
    }
    std::uint32_t pictures() const {
        std::uint32_t count = 0;
        for (const auto& run : runs) count += run.pictures();
        return count;
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

/// A frame of sound lasts as long as a picture.
AudioConfig paced_audio() {
    AudioConfig config = audio();
    config.sample_rate = 25'600;
    return config;
}

bool all_have_sound(const Made::Run& run) {
    return !run.sound.empty() && std::all_of(run.sound.begin(), run.sound.end(), [](auto s) { return s.bytes > 0; });
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
    /// The same with a frame of sound for each.
    void film(int first, int count, int gop, std::int64_t picture_shift_ns = 0, std::int64_t sound_shift_ns = 0) {
        for (int i = first; i < first + count; ++i) {
            picture(i * kFrameNs + picture_shift_ns, i % gop == 0);
            sound(i * kFrameNs + sound_shift_ns);
        }
    }
    /// The whole of a camera whose sound begins after so many pictures.
    void film_with_late_sound(int silent, int sounding) {
        announce_both();
        pictures(0, silent, 50);
        film(silent, sounding, 50);
        maker.end_run();
    }
    void announce_both() {
        maker.set_video(video());
        maker.set_audio(paced_audio());
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

BOOST_AUTO_TEST_CASE(sound_whose_configuration_turns_up_later_begins_a_run_with_it) {
    Maker m;
    m.maker.set_video(video());
    m.pictures(0, 60, 50);
    m.maker.set_audio(paced_audio());
    m.maker.set_audio(paced_audio());
    m.film(60, 90, 50);
    m.maker.end_run();
    BOOST_REQUIRE(m.made.runs.size() == 2U);
    BOOST_TEST(m.made.runs[0].info.audio_codec == "");
    BOOST_TEST(m.made.runs[1].info.audio_codec == "mp4a.40.2");
    BOOST_TEST(m.made.pictures() == 150U);
}

BOOST_AUTO_TEST_CASE(sound_that_is_announced_but_silent_is_promised_for_some_seconds_only) {
    Maker m;
    m.announce_both();
    m.pictures(0, 1'000, 50);
    m.maker.end_run();
    BOOST_REQUIRE(m.made.runs.size() == 2U);
    BOOST_TEST(m.made.runs[0].pictures() == 150U);
    BOOST_TEST(m.made.pictures() == 1'000U);
    BOOST_TEST(m.made.runs[1].info.audio_codec == "");
    const auto& init = m.made.runs[1].info.init_section;
    const std::string_view text(reinterpret_cast<const char*>(init.data()), init.size());
    BOOST_TEST((text.find("mp4a") == std::string_view::npos));
}

BOOST_AUTO_TEST_CASE(a_camera_with_sound_has_one_run_from_its_connect_on) {
    for (const int first : {0, 30}) {  // in mid-GOP as well
        Maker m;
        m.announce_both();
        m.film(first, 500, 50);
        m.maker.end_run();
        BOOST_REQUIRE(m.made.runs.size() == 1U);
        BOOST_TEST(m.made.runs[0].info.audio_codec == "mp4a.40.2");
        BOOST_TEST(all_have_sound(m.made.runs[0]));
    }
}

BOOST_AUTO_TEST_CASE(sound_that_begins_within_the_first_second_is_in_the_first_run) {
    Maker m;
    m.film_with_late_sound(20, 180);
    BOOST_REQUIRE(m.made.runs.size() == 1U);
    BOOST_TEST(all_have_sound(m.made.runs[0]));
}

BOOST_AUTO_TEST_CASE(sound_that_begins_late_joins_at_the_next_keyframe_and_no_picture_is_lost) {
    Maker m;
    m.film_with_late_sound(200, 200);
    BOOST_REQUIRE(m.made.runs.size() == 3U);
    BOOST_TEST(m.made.runs[0].pictures() == 150U);
    BOOST_TEST(m.made.runs[1].info.audio_codec == "");
    BOOST_TEST(m.made.runs[1].pictures() == 100U);
    BOOST_TEST(m.made.runs[2].info.audio_codec == "mp4a.40.2");
    BOOST_TEST(m.made.runs[2].pictures() == 150U);
    BOOST_TEST(all_have_sound(m.made.runs[2]));
}

// It is there before the first fragment of a run that promises none.
BOOST_AUTO_TEST_CASE(sound_that_begins_as_its_run_has_just_given_it_up_waits_for_the_next_keyframe) {
    Maker m;
    m.film_with_late_sound(150, 250);
    BOOST_REQUIRE(m.made.runs.size() == 3U);
    BOOST_TEST(m.made.runs[1].info.audio_codec == "");
    BOOST_TEST(m.made.runs[1].pictures() == 50U);
    for (const auto& s : m.made.runs[1].sound) BOOST_TEST(s.bytes == 0U);
    BOOST_TEST(m.made.runs[2].info.audio_codec == "mp4a.40.2");
    BOOST_TEST(all_have_sound(m.made.runs[2]));
}

// Short GOPs, pictures of a GOP that the server kept, sound that lies behind the picture: nothing of it costs a run.
BOOST_AUTO_TEST_CASE(an_ordinary_camera_has_one_run_whatever_comes_first) {
    for (const int gop : {12, 50, 250}) {
        for (const int burst : {0, 10, 100}) {
            for (const std::int64_t lag_ns : {0LL, 500'000'000LL, 950'000'000LL}) {
                Maker m;
                m.announce_both();
                m.pictures(0, burst, gop);
                m.film(burst, 1'000, gop, 0, -lag_ns);
                m.maker.end_run();
                BOOST_REQUIRE(m.made.runs.size() == 1U);
                BOOST_TEST(m.made.runs[0].sound.back().bytes > 0U);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(sound_that_ends_is_left_out_until_the_source_is_another) {
    Maker m;
    m.announce_both();
    m.film(0, 100, 50);
    m.pictures(100, 300, 50);
    m.film(400, 200, 50);
    m.maker.end_source();
    BOOST_REQUIRE(m.made.runs.size() == 2U);
    BOOST_TEST(m.made.runs[0].info.audio_codec == "mp4a.40.2");
    BOOST_TEST(m.made.runs[0].pictures() == 250U);
    BOOST_TEST(m.made.runs[1].info.audio_codec == "");
    BOOST_TEST(m.made.runs[1].pictures() == 350U);

    m.announce_both();
    m.film(600, 100, 50);
    m.maker.end_run();
    BOOST_REQUIRE(m.made.runs.size() == 3U);
    BOOST_TEST(m.made.runs[2].info.audio_codec == "mp4a.40.2");
}

BOOST_AUTO_TEST_CASE(sound_that_pauses_for_three_seconds_stays) {
    Maker m;
    m.announce_both();
    m.film(0, 100, 50);
    m.pictures(100, 75, 50);
    m.film(175, 125, 50);
    m.maker.end_run();
    BOOST_REQUIRE(m.made.runs.size() == 1U);
    BOOST_TEST(m.made.runs[0].sound.back().bytes > 0U);
}

BOOST_AUTO_TEST_CASE(a_frame_of_sound_now_and_then_costs_one_run_at_most) {
    Maker m;
    m.announce_both();
    for (int i = 0; i < 1'000; ++i) {
        m.picture(i * kFrameNs, i % 25 == 0);
        if (i % 150 == 40) m.sound(i * kFrameNs);
    }
    m.maker.end_run();
    BOOST_TEST(m.made.runs.size() == 2U);
    BOOST_TEST(m.made.runs.back().info.audio_codec == "");
    BOOST_TEST(m.made.pictures() == 1'000U);
}

BOOST_AUTO_TEST_CASE(sound_stays_with_the_picture_when_the_clock_of_one_jumps_alone) {
    constexpr std::int64_t kJump = 1'000'000'000'000;
    const std::pair<std::int64_t, std::int64_t> before_and_after[] = {{0, kJump}, {kJump, 0}};
    for (const auto& [before, after] : before_and_after) {
        Maker m;
        m.announce_both();
        m.film(0, 100, 50, before, before);
        m.film(100, 200, 50, after, before);
        m.maker.end_run();
        BOOST_REQUIRE(m.made.runs.size() == 2U);
        BOOST_TEST(m.made.runs[1].info.audio_codec == "mp4a.40.2");
        BOOST_TEST(all_have_sound(m.made.runs[1]));
        BOOST_TEST(m.made.pictures() == 300U);
    }
}

BOOST_AUTO_TEST_CASE(sound_whose_own_clock_jumps_stays_with_the_picture) {
    for (const std::int64_t jump : {1'000'000'000'000, 2'500'000'000, -2'500'000'000, -1'000'000'000'000}) {
        Maker m;
        m.announce_both();
        constexpr std::int64_t kStart = 2'000'000'000'000;
        m.film(0, 100, 50, kStart, kStart);
        m.film(100, 400, 50, kStart, kStart + jump);
        m.maker.end_run();
        BOOST_REQUIRE(m.made.runs.size() == 1U);
        BOOST_TEST(m.made.runs[0].sound.back().bytes > 0U);
    }
}

BOOST_AUTO_TEST_CASE(sound_that_drifts_is_moved_to_the_picture_within_the_run) {
    Maker m;
    m.announce_both();
    for (int i = 0; i < 2'500; ++i) {
        m.picture(i * kFrameNs, i % 50 == 0);
        m.sound(i * 38'000'000LL);  // five seconds less in the end
    }
    m.maker.end_run();
    BOOST_REQUIRE(m.made.runs.size() == 1U);
    const auto& run = m.made.runs[0];
    BOOST_TEST(run.sound.back().bytes > 0U);
    const double picture_s = static_cast<double>(run.fragments.back().decode_time) / kVideoTimescale;
    const double sound_s = static_cast<double>(run.sound.back().decode_time) / 25'600;
    BOOST_TEST(std::abs(picture_s - sound_s) < 1.5);
}

BOOST_AUTO_TEST_CASE(a_camera_of_one_picture_in_two_seconds_keeps_all_its_sound) {
    Maker m;
    m.announce_both();
    for (int i = 0; i < 1'000; ++i) {
        if (i % 50 == 0) m.picture(i * kFrameNs, true);
        m.sound(i * kFrameNs);
    }
    m.maker.end_run();
    BOOST_TEST(m.made.runs.size() <= 2U);
    for (const auto& s : m.made.runs.back().sound) BOOST_TEST(s.bytes == 50U * m.bytes.size());
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
