#include <boost/test/unit_test.hpp>

#include "file_name.h"

using namespace gatehouse;
using namespace gatehouse::hls;

BOOST_AUTO_TEST_SUITE(file_name)

BOOST_AUTO_TEST_CASE(every_name_that_is_made_is_read_back) {
    for (const StreamRole role : {StreamRole::kMain, StreamRole::kSub}) {
        BOOST_TEST((parse_file_name(playlist_name(role)) == FileName{FileName::Kind::kPlaylist, role, 0}));
        for (const std::uint64_t n : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{90'000'123}, UINT64_MAX}) {
            BOOST_TEST((parse_file_name(segment_name(role, n)) == FileName{FileName::Kind::kSegment, role, n}));
            BOOST_TEST((parse_file_name(segment_name(role, n, MediaContainer::kMpegTs)) ==
                        FileName{FileName::Kind::kSegment, role, n, MediaContainer::kMpegTs}));
            BOOST_TEST((parse_file_name(init_name(role, n)) == FileName{FileName::Kind::kInit, role, n}));
        }
    }
    BOOST_TEST((parse_file_name("index.m3u8").kind == FileName::Kind::kIndex));
    BOOST_TEST(init_name(StreamRole::kMain, 0xABC) == "main_0000000000000abc_init.mp4");
    BOOST_TEST(segment_name(StreamRole::kSub, 12) == "sub_12.m4s");
    BOOST_TEST(segment_name(StreamRole::kSub, 12, MediaContainer::kMpegTs) == "sub_12.ts");
}

BOOST_AUTO_TEST_CASE(a_number_has_one_spelling_only) {
    for (const char* name : {"main_007.m4s", "main_007.ts", "main_.ts", "main_7.ts.m4s", "main_+7.m4s", "main_ 7.m4s",
                             "main_7.m4s ", "main_-1.m4s", "main_0x7.m4s", "main_18446744073709551616.m4s", "main_.m4s",
                             "main_ABCDEFABCDEFABCD_init.mp4", "main_abc_init.mp4", "main_00000000000000abc_init.mp4"})
        BOOST_TEST((parse_file_name(name).kind == FileName::Kind::kUnknown), name);
}

BOOST_AUTO_TEST_CASE(foreign_names_are_unknown) {
    for (const char* name : {"", "index.m3u", "INDEX.m3u8", "main", "main.mp4", "mainx.m3u8", "main_", "third.m3u8",
                             "main_7.m4s/..", "main_7.mp4", "_7.m4s", "main__7.m4s", "sub_7_init.mp4"})
        BOOST_TEST((parse_file_name(name).kind == FileName::Kind::kUnknown), name);
    BOOST_TEST((parse_file_name(std::string_view("main_7\0.m4s", 11)).kind == FileName::Kind::kUnknown));
}

BOOST_AUTO_TEST_CASE(a_stream_key_is_short_plain_text) {
    BOOST_TEST(is_stream_key("aaaaaaaa-0000-4000-8000-100000000001"));
    BOOST_TEST(is_stream_key("abcdefgh"));
    BOOST_TEST(!is_stream_key("abcdefg"));
    BOOST_TEST(!is_stream_key(""));
    BOOST_TEST(!is_stream_key(std::string(65, 'a')));
    BOOST_TEST(!is_stream_key("../../../etc/passwd"));
    BOOST_TEST(!is_stream_key("aaaaaaaa_0000"));
    BOOST_TEST(!is_stream_key(std::string_view("aaaaaaaa\0bbbb", 13)));
}

BOOST_AUTO_TEST_SUITE_END()
