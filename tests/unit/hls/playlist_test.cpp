#include <boost/test/unit_test.hpp>

#include "playlist.h"

using namespace gatehouse;
using namespace gatehouse::hls;

namespace {

constexpr std::int64_t kStart = 1'767'225'600'000'000;  // 2026-01-01T00:00:00Z
constexpr std::int64_t kGoal = 14'000'000, kGap = 30'000'000;

std::vector<PlaylistSegment> segments_of(std::size_t count, std::int64_t duration_us, int target_s) {
    std::vector<PlaylistSegment> out;
    for (std::size_t i = 0; i < count; ++i)
        out.push_back(
            {100 + i, 5, 0xA, target_s, duration_us, UtcTime{kStart + static_cast<std::int64_t>(i) * duration_us}});
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(playlist)

BOOST_AUTO_TEST_CASE(a_media_playlist_reads_exactly_so) {
    auto segments = segments_of(3, 2'000'000, 2);
    segments[1].duration_us = 1'960'500;
    segments[2].discontinuity = 6;
    segments[2].public_run_id = 0xB;
    BOOST_TEST(media_playlist(StreamRole::kMain, segments) ==
               "#EXTM3U\n"
               "#EXT-X-VERSION:7\n"
               "#EXT-X-INDEPENDENT-SEGMENTS\n"
               "#EXT-X-TARGETDURATION:2\n"
               "#EXT-X-MEDIA-SEQUENCE:100\n"
               "#EXT-X-DISCONTINUITY-SEQUENCE:5\n"
               "#EXT-X-MAP:URI=\"main_000000000000000a_init.mp4\"\n"
               "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z\n"
               "#EXTINF:2.000000,\n"
               "main_100.m4s\n"
               "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:02.000Z\n"
               "#EXTINF:1.960500,\n"
               "main_101.m4s\n"
               "#EXT-X-DISCONTINUITY\n"
               "#EXT-X-MAP:URI=\"main_000000000000000b_init.mp4\"\n"
               "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:04.000Z\n"
               "#EXTINF:2.000000,\n"
               "main_102.m4s\n");
}

BOOST_AUTO_TEST_CASE(transport_stream_segments_have_no_map) {
    auto segments = segments_of(3, 2'000'000, 2);
    segments[2].discontinuity = 6;
    for (auto& segment : segments) segment.container = MediaContainer::kMpegTs;
    const auto text = media_playlist(StreamRole::kMain, segments);
    BOOST_TEST(text.find("#EXT-X-MAP") == std::string::npos);
    BOOST_TEST(text.find("#EXTINF:2.000000,\nmain_100.ts\n") != std::string::npos);
    BOOST_TEST(text.find("#EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_map_is_repeated_after_a_discontinuity_within_a_run) {
    auto segments = segments_of(2, 2'000'000, 2);
    segments[1].discontinuity = 6;
    const auto text = media_playlist(StreamRole::kSub, segments);
    const auto map = std::string("#EXT-X-MAP:URI=\"sub_000000000000000a_init.mp4\"\n");
    BOOST_TEST(text.find("#EXT-X-DISCONTINUITY\n" + map) != std::string::npos);
    BOOST_TEST(text.find(map) != text.rfind(map));
}

BOOST_AUTO_TEST_CASE(a_discontinuity_that_slid_out_is_counted_and_not_written) {
    auto segments = segments_of(3, 2'000'000, 2);
    segments[1].discontinuity = segments[2].discontinuity = 6;
    const auto text = media_playlist(StreamRole::kMain, std::span(segments).subspan(1));
    BOOST_TEST(text.find("#EXT-X-DISCONTINUITY-SEQUENCE:6\n") != std::string::npos);
    BOOST_TEST(text.find("#EXT-X-DISCONTINUITY\n") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_target_duration_holds_for_every_segment_of_the_playlist) {
    auto segments = segments_of(2, 2'000'000, 2);
    segments[1].target_duration_s = 4;
    segments[1].duration_us = 3'800'000;
    BOOST_TEST(media_playlist(StreamRole::kMain, segments).find("#EXT-X-TARGETDURATION:4\n") != std::string::npos);
    segments[1].duration_us = 4'600'000;  // an engine that breaks its promise does not make us break the RFC
    BOOST_TEST(media_playlist(StreamRole::kMain, segments).find("#EXT-X-TARGETDURATION:5\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_segments_give_no_text) { BOOST_TEST(media_playlist(StreamRole::kMain, {}).empty()); }

BOOST_AUTO_TEST_CASE(two_second_segments_give_a_playlist_of_seven) {
    BOOST_TEST(playlist_begin(segments_of(10, 2'000'000, 2), kGoal, kGap) == 3u);
}

BOOST_AUTO_TEST_CASE(long_segments_give_four_target_durations) {
    BOOST_TEST(playlist_begin(segments_of(10, 10'000'000, 10), kGoal, kGap) == 6u);
}

BOOST_AUTO_TEST_CASE(three_segments_are_shown_whatever_they_last) {
    auto segments = segments_of(5, 20'000'000, 2);
    BOOST_TEST(playlist_begin(segments, kGoal, kGap) == 2u);
    BOOST_TEST(playlist_begin(segments_of(2, 2'000'000, 2), kGoal, kGap) == 0u);
    BOOST_TEST(playlist_begin({}, kGoal, kGap) == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_from_before_a_long_interruption_is_shown) {
    auto segments = segments_of(5, 2'000'000, 2);
    for (std::size_t i = 3; i < 5; ++i) segments[i].start = segments[i].start + std::chrono::seconds(31);
    BOOST_TEST(playlist_begin(segments, kGoal, kGap) == 3u);
    for (std::size_t i = 3; i < 5; ++i) segments[i].start = segments[i].start + std::chrono::seconds(-2);
    BOOST_TEST(playlist_begin(segments, kGoal, kGap) == 0u);
}

BOOST_AUTO_TEST_CASE(a_multivariant_playlist_reads_exactly_so) {
    const std::vector<Variant> variants{{StreamRole::kMain, "avc1.42C01F,mp4a.40.2", 1280, 720, 2'100'000, 2'000'000},
                                        {StreamRole::kSub, "", 0, 0, 300'000, 0}};
    BOOST_TEST(multivariant_playlist(variants) ==
               "#EXTM3U\n"
               "#EXT-X-VERSION:7\n"
               "#EXT-X-INDEPENDENT-SEGMENTS\n"
               "#EXT-X-STREAM-INF:BANDWIDTH=2100000,AVERAGE-BANDWIDTH=2000000,CODECS=\"avc1.42C01F,mp4a.40.2\","
               "RESOLUTION=1280x720\n"
               "main.m3u8\n"
               "#EXT-X-STREAM-INF:BANDWIDTH=300000\n"
               "sub.m3u8\n");
}

BOOST_AUTO_TEST_SUITE_END()
