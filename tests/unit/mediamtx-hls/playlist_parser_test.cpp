#include <boost/test/unit_test.hpp>

#include <gatehouse/error.h>

#include <string>

#include "captured.h"
#include "hls/playlist_parser.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;

namespace {

const std::string kHead = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n";

std::string media(const std::string& lines) { return kHead + lines; }

}  // namespace

BOOST_AUTO_TEST_SUITE(playlist_parser)

BOOST_AUTO_TEST_CASE(an_index_of_mediamtx_is_read) {
    const auto plain = parse_index(captured("master.fmp4.m3u8"));
    BOOST_TEST(plain.media_uri == "video1_stream.m3u8");
    BOOST_TEST(plain.audio_uri.empty());
    BOOST_TEST(plain.codecs == "avc1.4d401e");
    BOOST_TEST(plain.width == 640);
    BOOST_TEST(plain.height == 360);
    BOOST_TEST(parse_index(captured("master.fmp4.h265.m3u8")).codecs == "hvc1.1.6.L63.90");
    const auto sound = parse_index(captured("master.fmp4.h264-aac.m3u8"));
    BOOST_TEST(sound.media_uri == "video1_stream.m3u8");
    BOOST_TEST(sound.audio_uri == "audio2_stream.m3u8");
    BOOST_TEST(sound.codecs == "avc1.4d401e,mp4a.40.2");
    const auto ts = parse_index(captured("master.mpegts.h264-aac.m3u8"));
    BOOST_TEST(ts.media_uri == "main_stream.m3u8");
    BOOST_TEST(ts.audio_uri.empty());
    BOOST_TEST(parse_index(captured_body("cdn.index.200.http")).media_uri == "video1_stream.m3u8");
}

BOOST_AUTO_TEST_CASE(of_several_variants_the_best_is_taken_with_its_own_sound) {
    const auto index = parse_index(
        "#EXTM3U\r\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"x\",URI=\"a1.m3u8\"\r\n"
        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"y\",DEFAULT=YES,URI=\"a2.m3u8\"\r\n"
        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"b\",NAME=\"z\",URI=\"b1.m3u8\"\r\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=100,AUDIO=\"b\"\r\nlow.m3u8\r\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=900,RESOLUTION=1920x1080,AUDIO=\"a\"\r\nhigh.m3u8\r\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=200\r\nmiddle.m3u8\r\n");
    BOOST_TEST(index.media_uri == "high.m3u8");
    BOOST_TEST(index.audio_uri == "a2.m3u8");
    BOOST_TEST(index.height == 1080);
}

BOOST_AUTO_TEST_CASE(media_playlists_of_mediamtx_are_read) {
    const auto fresh = parse_media(captured("media.fmp4.m3u8"));
    BOOST_TEST(fresh.target_duration_s == 2);
    BOOST_REQUIRE(fresh.segments.size() == 2u);
    BOOST_TEST(fresh.segments[0].sequence == 0u);
    BOOST_TEST(fresh.segments[0].uri == "0a64c6497b1d_video1_seg0.mp4");
    BOOST_TEST(fresh.segments[1].map_uri == "0a64c6497b1d_video1_init.mp4");
    BOOST_TEST(fresh.segments[1].duration_us == 2'000'000);
    BOOST_TEST(to_iso8601(*fresh.segments[1].start) == "2026-11-23T23:18:47.554Z");
    const auto rolled = parse_media(captured("media.fmp4.rolled.m3u8"));
    BOOST_REQUIRE(rolled.segments.size() == 7u);
    BOOST_TEST(rolled.segments.front().sequence == 23u);
    BOOST_TEST(!rolled.segments.front().start);
    BOOST_TEST(rolled.segments.back().start.has_value());
    const auto ts = parse_media(captured("media.mpegts.m3u8"));
    BOOST_REQUIRE(!ts.segments.empty());
    BOOST_TEST(ts.segments.front().map_uri.empty());
    BOOST_TEST(ts.segments.front().start.has_value());
    BOOST_TEST(parse_media(captured("media.fmp4.gop10.m3u8")).target_duration_s == 10);
}

BOOST_AUTO_TEST_CASE(of_a_low_latency_playlist_only_whole_segments_count) {
    const auto playlist = parse_media(captured_body("cdn.media.ll.200.http"));
    BOOST_REQUIRE(!playlist.segments.empty());
    // EXT-X-MEDIA-SEQUENCE:5 and two gaps.
    BOOST_TEST(playlist.segments.front().sequence == 7u);
    BOOST_TEST(!playlist.segments.front().discontinuity);
    for (const auto& segment : playlist.segments) BOOST_TEST(segment.uri.find("_seg") != std::string::npos);
    BOOST_CHECK_THROW(parse_media(captured_body("cdn.media.ll.skip-yes.200.http")), Error);
    const auto first = parse_media(captured("media.ll.m3u8"));
    for (const auto& segment : first.segments) BOOST_TEST(segment.uri != "gap.mp4");
}

BOOST_AUTO_TEST_CASE(gaps_and_discontinuities_are_noted_before_the_next_segment) {
    const auto playlist =
        parse_media(media("#EXTINF:2,\na0.ts\n#EXT-X-GAP\n#EXTINF:2,\ngap.ts\n#EXTINF:2,\na2.ts\n#EXT-X-"
                          "DISCONTINUITY\n#EXTINF:1.5,\na3.ts\n#EXTINF:2,\na4.ts\n"));
    BOOST_REQUIRE(playlist.segments.size() == 4u);
    BOOST_TEST(playlist.segments[1].sequence == 2u);
    BOOST_TEST(!playlist.segments[0].discontinuity);
    BOOST_TEST(playlist.segments[1].discontinuity);
    BOOST_TEST(playlist.segments[2].discontinuity);
    BOOST_TEST(!playlist.segments[3].discontinuity);
    BOOST_TEST(playlist.segments[2].duration_us == 1'500'000);
}

BOOST_AUTO_TEST_CASE(names_stay_beside_the_playlist) {
    for (const std::string bad : {"", "../a.mp4", "/a.mp4", "a/b.mp4", "http://192.0.2.1/a.mp4", "//evil/a.mp4",
                                  "a.mp4?x=1", "a%2Fb.mp4", ".hidden", "..", "a.mp4#f", "a\\b.mp4", "a b.mp4", "a:b"}) {
        BOOST_TEST(!is_plain_name(bad), bad);
        if (bad.empty() || bad.front() == '#') continue;
        BOOST_CHECK_THROW(parse_media(media("#EXTINF:2,\n" + bad + "\n")), Error);
        BOOST_CHECK_THROW(parse_media(media("#EXT-X-MAP:URI=\"" + bad + "\"\n")), Error);
        BOOST_CHECK_THROW(parse_index("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n" + bad + "\n"), Error);
    }
    BOOST_TEST(!is_plain_name(std::string(256, 'a')));
    BOOST_TEST(is_plain_name("0a64c6497b1d_video1_seg0.mp4"));
    BOOST_CHECK_THROW(parse_media(captured_body("cdn.media.with-query.200.http")), Error);
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused) {
    for (const std::string& bad : {std::string(),
                                   std::string("<html>"),
                                   std::string("#EXTM3U8\n"),
                                   std::string("#EXTM3U\n"),
                                   media(std::string("\0", 1)),
                                   media("\x01\n"),
                                   media("#EXTINF:abc,\na.ts\n"),
                                   media("#EXTINF:-1,\na.ts\n"),
                                   media("#EXTINF:0,\na.ts\n"),
                                   media("#EXTINF:99999999999,\na.ts\n"),
                                   media("#EXTINF:1e3,\na.ts\n"),
                                   media("a.ts\n"),
                                   media("#EXT-X-MEDIA-SEQUENCE:-1\n"),
                                   media("#EXT-X-MEDIA-SEQUENCE:99999999999999999999\n"),
                                   media("#EXTINF:1,\na.ts\n#EXT-X-MEDIA-SEQUENCE:7\n"),
                                   media("#EXT-X-MEDIA-SEQUENCE:9007199254740993\n"),
                                   media("#EXT-X-TARGETDURATION:0\n"),
                                   media("#EXT-X-TARGETDURATION:4000\n"),
                                   media("#EXT-X-BYTERANGE:1@0\n"),
                                   media("#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n"),
                                   media("#EXT-X-KEY:METHOD\n"),
                                   media("#EXT-X-MAP:URI=\"a.mp4\",BYTERANGE=\"1@0\"\n"),
                                   media("#EXT-X-MAP:URI=\"a.mp4\n"),
                                   media("#EXT-X-STREAM-INF:BANDWIDTH=1\n"),
                                   media("#"
                                         "EXT-X-MAP:" +
                                         std::string(5'000, 'x') + "\n"),
                                   kHead + std::string(kLargestPlaylistBytes, '\n')}) {
        BOOST_CHECK_THROW(parse_media(bad), Error);
    }
    for (const std::string bad :
         {"", "#EXTM3U\n", "#EXTM3U\na.m3u8\n", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n",
          "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,BANDWIDTH=2\na.m3u8\n", "#EXTM3U\n#EXT-X-STREAM-INF:x=1\na.m3u8\n"})
        BOOST_CHECK_THROW(parse_index(bad), Error);
}

BOOST_AUTO_TEST_CASE(more_segments_than_a_live_window_can_have_are_refused) {
    std::string lines;
    for (std::size_t i = 0; i < kMostListedSegments; ++i) lines += "#EXTINF:1,\na" + std::to_string(i) + ".ts\n";
    BOOST_TEST(parse_media(media(lines)).segments.size() == kMostListedSegments);
    BOOST_CHECK_THROW(parse_media(media(lines + "#EXTINF:1,\nb.ts\n")), Error);
}

BOOST_AUTO_TEST_CASE(a_codec_string_that_could_break_a_playlist_is_left_out) {
    BOOST_TEST(parse_index("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"a b\",RESOLUTION=99999x1\na.m3u8\n")
                   .codecs.empty());
    BOOST_TEST(parse_index("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=99999x1\na.m3u8\n").width == 0);
}

BOOST_AUTO_TEST_CASE(dates_are_read_in_every_zone) {
    BOOST_TEST(parse_date("1970-01-01T00:00:00Z")->us == 0);
    BOOST_TEST(parse_date("2026-11-23T23:37:19.63Z")->us == 1'795'477'039'630'000);
    BOOST_TEST(parse_date("2026-11-24T06:37:19.63+07:00")->us == 1'795'477'039'630'000);
    BOOST_TEST(parse_date("2026-11-23T18:07:19.63-05:30")->us == 1'795'477'039'630'000);
    for (const std::string bad :
         {"", "2026", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z", "2026-01-01T00:00:99Z",
          "2026-01-01T00:00:00", "2026-01-01T00:00:00+0700", "2026-01-01T00:00:00.Z", "2026-01-01 00:00:00Z",
          "-026-01-01T00:00:00Z", "2026-01-01T00:00:00Zjunk"})
        BOOST_TEST(!parse_date(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()
