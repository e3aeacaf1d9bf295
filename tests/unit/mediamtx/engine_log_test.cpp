#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "engine_log.h"

using namespace gatehouse::mediamtx;

namespace {

EngineLine camera_error(const std::string& text) {
    return read_line(R"({"timestamp":"2026-11-23T23:43:23Z","level":"ERR","message":"[path gh-a] [RTSP source] )" +
                     text + "\"}");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_log)

BOOST_AUTO_TEST_CASE(both_formats_are_read) {
    const auto structured = read_line(R"({"timestamp":"x","level":"WAR","message":"[path gh-a] hello"})");
    BOOST_TEST((structured.level == EngineLevel::kWarning));
    BOOST_TEST(structured.text == "[path gh-a] hello");
    BOOST_TEST(structured.path == "gh-a");
    const auto plain = read_line("2026/11/23 23:43:23 ERR [path gh-b] [RTSP source] EOF\r\n");
    BOOST_TEST((plain.level == EngineLevel::kError));
    BOOST_TEST(plain.path == "gh-b");
    BOOST_TEST(read_line("panic: runtime error").text == "panic: runtime error");
    for (const char* odd : {"", "{", "{}", R"({"message":7})", "[path", "[path ]", "2026/11/23 23:43:23"})
        BOOST_CHECK_NO_THROW(read_line(odd));
}

BOOST_AUTO_TEST_CASE(captured_errors_become_plain_words) {
    const std::vector<std::pair<const char*, const char*>> known{
        {"dial tcp 192.0.2.91:554: connect: connection refused", "nothing listens on that port"},
        {"dial tcp 192.0.2.90:554: i/o timeout", "it is off, or not reachable"},
        {"dial tcp: lookup no-such-host.invalid on 192.0.2.53:53: no such host", "host name is not known"},
        {"bad status code: 401 (Unauthorized)", "wrong user or password"},
        {"bad status code: 404 (Not Found)", "does not know this path"},
        {"request timed out", "accepts the connection but does not answer"},
        {"TCP timeout", "answers but sends no pictures"},
        {"read tcp 192.0.2.5:40000->192.0.2.15:554: read: connection reset by peer", "closed the connection"},
        {"EOF", "closed the connection"},
        {"something new", "the camera refuses the stream"}};
    for (const auto& [text, words] : known)
        BOOST_TEST(cause_of(camera_error(text)).find(words) != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(lines_that_say_nothing_of_a_camera_have_no_cause) {
    BOOST_TEST(cause_of(read_line(R"({"level":"INF","message":"[path gh-a] [RTSP source] started"})")).empty());
    BOOST_TEST(
        cause_of(read_line(R"({"level":"ERR","message":"[HLS] [session 80462f36] failed to authenticate"})")).empty());
}

BOOST_AUTO_TEST_CASE(what_matters_to_the_configuration_is_noticed) {
    BOOST_TEST(says_refused_call(read_line(R"({"level":"ERR","message":"[API] 'rtsp://' is not a valid URL"})")));
    BOOST_TEST(says_api_change(read_line(R"x({"level":"INF","message":"reloading configuration (API request)"})x")));
    BOOST_TEST(
        says_port_taken(read_line("2026/11/23 23:43:23 ERR listen tcp 127.0.0.1:8888: bind: address already in use")));
    BOOST_TEST(says_available(
        read_line(R"x({"level":"INF","message":"[path gh-a] stream is available and online, 1 track (H264)"})x")));
}

BOOST_AUTO_TEST_SUITE_END()
