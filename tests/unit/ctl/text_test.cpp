#define BOOST_TEST_MODULE ctl
#include <boost/test/unit_test.hpp>

#include "text.h"

using namespace gatehouse::ctl;

BOOST_AUTO_TEST_CASE(columns_line_up_whatever_the_script) {
    Table table({"ID", "NAME", "STATE"});
    table.add({"7", "Gerbang", "live"});
    table.add({"12", "\xe9\x96\x80", "offline"});  // one wide character
    table.add({"3", "Caf\xc3\xa9", ""});
    BOOST_TEST(table.text() ==
               "ID  NAME     STATE\n7   Gerbang  live\n12  \xe9\x96\x80       offline\n3   Caf\xc3\xa9\n");
}

BOOST_AUTO_TEST_CASE(a_name_cannot_steer_the_terminal) {
    BOOST_TEST(printable("a\x1b[2Jb\nc\x7f\xc2\x9b") == "a?[2Jb?c??");
    BOOST_TEST(printable("\xe2\x82") == "??");
    Table table({"NAME"});
    table.add({"x\x1b]0;title\x07"});
    BOOST_TEST(table.text().find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(width_counts_columns_not_bytes) {
    BOOST_TEST(width_of("abc") == 3u);
    BOOST_TEST(width_of("\xc3\xa9") == 1u);
    BOOST_TEST(width_of("e\xcc\x81") == 1u);
    BOOST_TEST(width_of("\xf0\x9f\x93\xb7") == 2u);
}

BOOST_AUTO_TEST_CASE(pairs_are_aligned) {
    BOOST_TEST(aligned_pairs({{"id", "7"}, {"name", "Gate"}}) == "id:    7\nname:  Gate\n");
}

BOOST_AUTO_TEST_CASE(durations_and_sizes_read_well) {
    BOOST_TEST(duration_text(-5) == "0 s");
    BOOST_TEST(duration_text(59) == "59 s");
    BOOST_TEST(duration_text(60) == "1 min");
    BOOST_TEST(duration_text(3 * 3600 + 720) == "3 h 12 min");
    BOOST_TEST(duration_text(90061) == "1 d 1 h");
    BOOST_TEST(bytes_text(1023) == "1023 B");
    BOOST_TEST(bytes_text(1536) == "1.5 KiB");
    BOOST_TEST(bytes_text(64u << 20) == "64.0 MiB");
}

BOOST_AUTO_TEST_CASE(a_password_in_a_url_is_seen_however_odd_the_url) {
    for (const char* url :
         {"rtsp://u:p@h/x", "rtsp://u:@h", "rtsp://u:p/w@h/x", "u:p@h", "rtsp://u:p@ss@h", "rtsp://:p@h"})
        BOOST_TEST(url_has_password(url), url);
    for (const char* url : {"rtsp://h/x", "rtsp://u@h/x", "rtsp://h:554/x", "rtsp://[::1]:554/x", "-", ""})
        BOOST_TEST(!url_has_password(url), url);
}

BOOST_AUTO_TEST_CASE(path_segments_are_encoded) { BOOST_TEST(path_segment("a b/\xc3\xa9?") == "a%20b%2F%C3%A9%3F"); }
