#include <boost/test/unit_test.hpp>

#include "redaction.h"

using namespace gatehouse::mediamtx;

BOOST_AUTO_TEST_SUITE(redaction)

BOOST_AUTO_TEST_CASE(what_mediamtx_echoes_of_a_url_loses_its_credentials) {
    BOOST_TEST(redacted("'rtsp://us:p#ss@h/x' is not a valid URL") == "'rtsp://***@h/x' is not a valid URL");
    BOOST_TEST(redacted("rtsp://u:a/b?c@d@h/x and rtsp://v:w@i/y") == "rtsp://***@h/x and rtsp://***@i/y");
    BOOST_TEST(redacted("dial tcp 192.0.2.1:554: connection refused") == "dial tcp 192.0.2.1:554: connection refused");
}

BOOST_AUTO_TEST_CASE(known_secrets_go_wherever_they_stand) {
    BOOST_TEST(redacted("POST http://127.0.0.1:1/S3CRET: refused (S3CRET)", {"S3CRET", ""}) ==
               "POST http://127.0.0.1:1/***: refused (***)");
}

BOOST_AUTO_TEST_CASE(text_is_one_bounded_line_and_a_cut_leaves_no_half_secret) {
    BOOST_TEST(redacted("a\nb\x1b[31m") == "a b [31m");
    const std::string long_text = std::string(500, 'x') + " rtsp://user:password" + std::string(3'000, 'y') + "@h/";
    const std::string out = redacted(long_text);
    BOOST_TEST(out.size() <= 516u);
    BOOST_TEST(out.find("password") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
