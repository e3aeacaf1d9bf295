#include "catalogue/rtsp_url.h"

#include <boost/test/unit_test.hpp>

using gatehouse::catalogue::parse_rtsp_url;

namespace {

std::string problem_of(std::string_view text) {
    std::string problem;
    const auto parsed = parse_rtsp_url(text, problem);
    return parsed ? "" : problem;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rtsp_url)

BOOST_AUTO_TEST_CASE(user_info_is_taken_out_and_percent_decoded) {
    std::string problem;
    const auto url = parse_rtsp_url("RTSP://admin:p%40ss%2Fw%3Ard@Cam.Example:8554/ch1?x=a%40b", problem);
    BOOST_REQUIRE(url);
    BOOST_TEST(url->url == "rtsp://Cam.Example:8554/ch1?x=a%40b");
    BOOST_TEST(url->host == "cam.example");
    BOOST_TEST(url->user.value() == "admin");
    BOOST_TEST(url->password.value() == "p@ss/w:rd");
}

BOOST_AUTO_TEST_CASE(an_unescaped_at_sign_belongs_to_the_password) {
    std::string problem;
    const auto url = parse_rtsp_url("rtsp://admin:p@ss@192.0.2.7/live", problem);
    BOOST_REQUIRE(url);
    BOOST_TEST(url->url == "rtsp://192.0.2.7/live");
    BOOST_TEST(url->password.value() == "p@ss");
}

BOOST_AUTO_TEST_CASE(a_url_without_user_info_has_none) {
    std::string problem;
    const auto url = parse_rtsp_url("rtsps://[2001:db8::7]:322/a", problem);
    BOOST_REQUIRE(url);
    BOOST_TEST(url->url == "rtsps://[2001:db8::7]:322/a");
    BOOST_TEST(url->host == "[2001:db8::7]");
    BOOST_TEST(!url->user);
    BOOST_TEST(!url->password);
}

BOOST_AUTO_TEST_CASE(a_user_without_colon_says_nothing_of_the_password) {
    std::string problem;
    const auto url = parse_rtsp_url("rtsp://bob@host", problem);
    BOOST_REQUIRE(url);
    BOOST_TEST(url->user.value() == "bob");
    BOOST_TEST(!url->password);
    BOOST_TEST(parse_rtsp_url("rtsp://bob:@host", problem)->password.value().empty());
}

BOOST_AUTO_TEST_CASE(other_schemes_and_bare_words_are_refused) {
    for (const char* text :
         {"", "rtsp", "rtsp:/", "http://host/", "rtspx://host", "file:///etc/passwd", "host/path", "://host"})
        BOOST_TEST(problem_of(text).find("rtsp://") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(a_host_must_be_there_and_look_like_one) {
    for (const char* text : {"rtsp://", "rtsp:///path", "rtsp://user:pw@/x", "rtsp://:554/x", "rtsp://a b/",
                             "rtsp://ho$t/", "rtsp://[::1/x", "rtsp://[zz::1]/", "rtsp://user:p@w/ss@192.0.2.10/s",
                             "rtsp://[1:2:3]/x", "rtsp://[1::2::3]/", "rtsp://[fe80::1%25eth0]/", "rtsp://::1/"})
        BOOST_TEST(!problem_of(text).empty(), text);
}

BOOST_AUTO_TEST_CASE(a_port_is_1_to_65535) {
    for (const char* text :
         {"rtsp://h:0/", "rtsp://h:65536/", "rtsp://h:99999999999/", "rtsp://h:/", "rtsp://h:x/", "rtsp://h:-1/"})
        BOOST_TEST(problem_of(text).find("port") != std::string::npos, text);
    BOOST_TEST(problem_of("rtsp://h:1/") == "");
    BOOST_TEST(problem_of("rtsp://h:65535/") == "");
}

BOOST_AUTO_TEST_CASE(control_characters_are_refused_plain_and_escaped) {
    for (const char* text :
         {"rtsp://h/\r\nX: y", "rtsp://h/\x7f", "rtsp://us%0d%0aer:pw@h/", "rtsp://u:p%00w@h/", "rtsp://h/\xc3\xa9"})
        BOOST_TEST(!problem_of(text).empty(), text);
}

BOOST_AUTO_TEST_CASE(a_broken_escape_is_named_without_showing_the_secret) {
    for (const char* text :
         {"rtsp://u:hunter%2@h/", "rtsp://u:hunter%@h/", "rtsp://u:hunter%zz@h/", "rtsp://u:hunter%ff@h/"}) {
        BOOST_TEST(!problem_of(text).empty(), text);
        BOOST_TEST(problem_of(text).find("hunter") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_password_with_a_slash_never_becomes_a_path) {
    for (const char* text : {"rtsp://u:hun/ter@h/", "rtsp://u:123/ter@h/", "rtsp://u:hun#ter@h/", "rtsp://u:1?ter@h/"})
        BOOST_TEST(problem_of(text).find("%2F") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(lengths_are_bounded) {
    BOOST_TEST(problem_of("rtsp://h/" + std::string(491, 'a')) == "");
    BOOST_TEST(problem_of("rtsp://h/" + std::string(492, 'a')).find("500") != std::string::npos);
    BOOST_TEST(!problem_of("rtsp://u:" + std::string(256, 'a') + "@h/").empty());
    BOOST_TEST(problem_of("rtsp://u:" + std::string(255, 'a') + "@h/") == "");
}

BOOST_AUTO_TEST_SUITE_END()
