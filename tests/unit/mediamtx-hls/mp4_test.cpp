#include <boost/test/unit_test.hpp>

#include <gatehouse/error.h>

#include <string>

#include "captured.h"
#include "hls/av_join.h"
#include "hls/init_section.h"
#include "hls/mp4_box.h"
#include "mp4_maker.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;
using namespace gatehouse::mediamtx::test;

BOOST_AUTO_TEST_SUITE(mp4)

BOOST_AUTO_TEST_CASE(an_init_section_of_mediamtx_says_codec_and_size) {
    const auto tracks = parse_init(captured("init.fmp4.mp4"));
    BOOST_REQUIRE(tracks.size() == 1u);
    BOOST_TEST((tracks[0].kind == InitTrack::Kind::kVideo));
    BOOST_TEST(tracks[0].id == 1u);
    BOOST_TEST(tracks[0].codec == "avc1.4d401e");
    BOOST_TEST(tracks[0].width == 640);
    BOOST_TEST(tracks[0].height == 360);
}

BOOST_AUTO_TEST_CASE(every_cut_of_an_init_section_is_refused_or_read_but_never_more) {
    const std::string whole = captured("init.fmp4.mp4");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        try {
            BOOST_TEST(parse_init(whole.substr(0, size)).size() <= 1u);
        } catch (const Error& e) {
            BOOST_TEST((e.error_code() == ErrorCode::kBadUpstream));
        }
    }
    BOOST_CHECK_THROW(parse_init(std::string(kLargestInitBytes + 1, 'x')), Error);
}

BOOST_AUTO_TEST_CASE(boxes_that_lie_about_their_size_end_the_walk) {
    Mp4Boxes small(std::string_view("\0\0\0\7free", 8)), large(std::string_view("\0\0\1\0free", 8)),
        huge(std::string_view("\0\0\0\1free\xff\xff\xff\xff\xff\xff\xff\xff", 16));
    BOOST_TEST(!small.next());
    BOOST_TEST(!large.next());
    BOOST_TEST(!huge.next());
    BOOST_TEST(!huge.complete());
    Mp4Boxes rest(std::string_view("\0\0\0\0mdatxyz", 11));
    BOOST_TEST(rest.next()->payload == "xyz");
    BOOST_TEST(rest.complete());
}

BOOST_AUTO_TEST_CASE(codecs_are_spelt_as_browsers_want_them) {
    const std::string hvcc("\x01\x01\x60\x00\x00\x00\x90\x00\x00\x00\x00\x00\x3f", 13);
    BOOST_TEST(parse_init(init("vide", video_entry("hvc1", box("hvcC", hvcc)))).front().codec == "hvc1.1.6.L63.90");
    BOOST_TEST(parse_init(audio_init()).front().codec == "mp4a.40.2");
    BOOST_TEST(parse_init(init("soun", audio_entry("Opus", ""))).front().codec == "opus");
    BOOST_CHECK_THROW(parse_init(init("vide", video_entry("a\"b\n", ""))), Error);
}

BOOST_AUTO_TEST_CASE(sound_and_picture_are_joined_to_one_section) {
    const std::string joined = join_inits(captured("init.fmp4.mp4"), audio_init(), 2);
    const auto tracks = parse_init(joined);
    BOOST_REQUIRE(tracks.size() == 2u);
    BOOST_TEST(tracks[0].id == 1u);
    BOOST_TEST(tracks[1].id == 2u);
    BOOST_TEST(codecs_of(tracks) == "avc1.4d401e,mp4a.40.2");
    const auto movie = find_box(joined, "moov");
    const auto extends = find_box(movie->payload, "mvex");
    Mp4Boxes defaults(extends->payload);
    BOOST_TEST(read_u32(defaults.next()->payload, 4) == 1u);
    BOOST_TEST(read_u32(defaults.next()->payload, 4) == 2u);
    const auto header = find_box(movie->payload, "mvhd");
    BOOST_TEST(read_u32(header->payload, header->payload.size() - 4) == 3u);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_joined_is_refused) {
    const std::string video = captured("init.fmp4.mp4");
    BOOST_CHECK_THROW(join_inits(video, video, 2), Error);
    BOOST_CHECK_THROW(join_inits(audio_init(), audio_init(), 2), Error);
    BOOST_CHECK_THROW(join_inits(video, audio_init(), 1), Error);
    BOOST_CHECK_THROW(join_inits(video, "junk", 2), Error);
    for (std::size_t size = 0; size < video.size(); size += 7)
        BOOST_CHECK_THROW(join_inits(video.substr(0, size), audio_init(), 2), Error);
}

BOOST_AUTO_TEST_CASE(fragments_get_their_new_track) {
    const std::string segment = fragment(1, "sound") + fragment(1, "more");
    const std::string renamed = renamed_fragments(box("styp", "msdh") + segment, 2);
    BOOST_TEST(renamed.size() == segment.size());
    BOOST_TEST(renamed == fragment(2, "sound") + fragment(2, "more"));
    BOOST_TEST(renamed_fragments(silent_fragment() + segment + silent_fragment(), 2) == renamed);
    BOOST_TEST(renamed_fragments(silent_fragment(), 2) == "");
    BOOST_CHECK_THROW(renamed_fragments("", 2), Error);
    BOOST_CHECK_THROW(renamed_fragments("junkjunk", 2), Error);
    BOOST_CHECK_THROW(renamed_fragments(segment.substr(0, segment.size() - 1), 2), Error);
    BOOST_CHECK_THROW(renamed_fragments(fragment(1, "x", 0x000001), 2), Error);
    BOOST_CHECK_THROW(renamed_fragments(fragment(1, "x", 0), 2), Error);
}

BOOST_AUTO_TEST_SUITE_END()
