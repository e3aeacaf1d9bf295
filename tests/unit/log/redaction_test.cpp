#define BOOST_TEST_MODULE log
#include <boost/test/unit_test.hpp>

#include "log/redaction.h"

using gatehouse::log::one_line;
using gatehouse::log::redacted;

BOOST_AUTO_TEST_SUITE(redaction)

BOOST_AUTO_TEST_CASE(credentials_in_urls_go_and_the_rest_stays) {
    BOOST_TEST(redacted("pull rtsp://admin:hunter2@10.0.0.5:554/main?x=1 failed") ==
               "pull rtsp://***@10.0.0.5:554/main?x=1 failed");
    BOOST_TEST(redacted("rtsp://admin:pa/ss?w@rd@10.0.0.5/x") == "rtsp://***@10.0.0.5/x");
    BOOST_TEST(redacted("a http://u@h/ b https://v:w@i/") == "a http://***@h/ b https://***@i/");
    BOOST_TEST(redacted("rtsp://10.0.0.5/plain and mail@example.org") == "rtsp://10.0.0.5/plain and mail@example.org");
    BOOST_TEST(redacted("ends with http://") == "ends with http://");
}

BOOST_AUTO_TEST_CASE(values_after_secret_words_go_in_every_common_form) {
    BOOST_TEST(redacted("GET /x?token=abc&page=2") == "GET /x?token=***&page=2");
    BOOST_TEST(redacted("access_token=abc; ok") == "access_token=***; ok");
    BOOST_TEST(redacted("password: hunter2, user: joe") == "password: ***, user: joe");
    BOOST_TEST(redacted("{\"user\":\"joe\",\"password\":\"hun\\\"ter2\",\"x\":1}") ==
               "{\"user\":\"joe\",\"password\":\"***\",\"x\":1}");
    BOOST_TEST(redacted("{\\\"password\\\":\\\"hunter2\\\"}").find("hunter2") == std::string::npos);
    BOOST_TEST(redacted("PASSWORD = 'two words' next") == "PASSWORD = '***' next");
    BOOST_TEST(redacted("api_key=k API-Key: l apikey='m'") == "api_key=*** API-Key: *** apikey='***'");
    BOOST_TEST(redacted("client_secret=s") == "client_secret=***");
}

BOOST_AUTO_TEST_CASE(header_fields_that_authorise_go_to_the_end_of_the_line) {
    BOOST_TEST(redacted("Authorization: Digest username=\"a\", response=\"b\"").find("Digest") == std::string::npos);
    BOOST_TEST(redacted("authorization: Basic dTpw\nHost: x") == "authorization: ***\nHost: x");
    BOOST_TEST(redacted("Set-Cookie: token=abc; Path=/\r\nX: y") == "Set-Cookie: ***\r\nX: y");
    BOOST_TEST(redacted("sent Bearer eyJhbGciOi.x.y to it") == "sent Bearer *** to it");
}

BOOST_AUTO_TEST_CASE(words_without_a_value_are_left_alone) {
    for (const char* text :
         {"the password is wrong", "token", "token=", "secret: ", "bearer", "cookie jar", "no authorization given"})
        BOOST_TEST(redacted(text) == text);
}

BOOST_AUTO_TEST_CASE(a_line_stays_one_line) {
    BOOST_TEST(one_line("a\nb\tc\x1b[31m\x7f é") == "a\\nb\\tc\\x1b[31m\\x7f é");
}

BOOST_AUTO_TEST_SUITE_END()
