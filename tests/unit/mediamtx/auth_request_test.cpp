#include <boost/test/unit_test.hpp>

#include <string>

#include "auth_request.h"

using namespace gatehouse::mediamtx;

namespace {

const AuthRules kRules{"reader-secret", "cdn-secret", "api-secret", false};

AuthRequest reading(std::string ip, std::string password, std::string token) {
    return {std::move(ip), "gatehouse", std::move(password), std::move(token), "read", "gh-a", "rtsp"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(auth)

BOOST_AUTO_TEST_CASE(a_captured_question_is_read) {
    const auto asked =
        read_auth_request(R"({"ip":"127.0.0.1","user":"alice","password":"s3cret","token":"s3cret","action":"read",
        "path":"cam1","protocol":"hls","id":"638a613a-dff8-4c4d-9d86-f4fac7fcd967","query":"","userAgent":"curl/7.88.1"})");
    BOOST_REQUIRE(asked.has_value());
    BOOST_TEST(asked->user == "alice");
    BOOST_TEST(asked->action == "read");
    BOOST_TEST(asked->path == "cam1");
}

BOOST_AUTO_TEST_CASE(what_mediamtx_does_not_send_is_no_question) {
    for (const std::string& body :
         {std::string(), std::string("{}"), std::string("[]"), std::string("null"), std::string(R"({"action":7})"),
          std::string(R"({"action":"read","path":["x"]})"), std::string(R"({"action":"read"}})"),
          std::string("{\"action\":\"read\xff\"}"), R"({"action":"read","user":")" + std::string(5'000, 'x') + "\"}",
          std::string(kMaxHookBodyBytes + 1, ' '), std::string(16'000, '[')})
        BOOST_TEST(!read_auth_request(body).has_value());
}

BOOST_AUTO_TEST_CASE(only_readers_who_know_a_secret_are_let_in) {
    BOOST_TEST((decide(reading("127.0.0.1", "reader-secret", ""), kRules) == AuthAnswer::kAllow));
    BOOST_TEST((decide(reading("127.0.0.1", "", "cdn-secret"), kRules) == AuthAnswer::kAllow));
    BOOST_TEST((decide(reading("127.0.0.1", "", ""), kRules) == AuthAnswer::kDeny));
    BOOST_TEST((decide(reading("127.0.0.1", "reader-secreT", "x"), kRules) == AuthAnswer::kDeny));
    BOOST_TEST((decide(reading("127.0.0.1", "", ""), AuthRules{}) == AuthAnswer::kDeny));
}

BOOST_AUTO_TEST_CASE(nobody_publishes_even_with_a_secret) {
    for (const char* action : {"publish", "playback", "metrics", "pprof", "READ", "API", ""})
        for (const char* secret : {"reader-secret", "cdn-secret", "api-secret"}) {
            AuthRequest asked = reading("127.0.0.1", secret, secret);
            asked.action = action;
            BOOST_TEST((decide(asked, kRules) == AuthAnswer::kDeny), action << " " << secret);
        }
}

BOOST_AUTO_TEST_CASE(the_api_is_for_its_own_secret_and_that_is_good_for_nothing_else) {
    AuthRules rules = kRules;
    rules.local_readers = true;  // readers, not administrators
    const auto asked = [](const char* action, const char* secret) {
        AuthRequest request = reading("127.0.0.1", secret, "");
        request.action = action;
        return request;
    };
    BOOST_TEST((decide(asked("api", "api-secret"), rules) == AuthAnswer::kAllow));
    for (const char* secret : {"", "reader-secret", "cdn-secret", "api-secreT"})
        BOOST_TEST((decide(asked("api", secret), rules) == AuthAnswer::kDeny), secret);
    BOOST_TEST((decide(asked("api", ""), AuthRules{}) == AuthAnswer::kDeny));
    BOOST_TEST((decide(asked("read", "api-secret"), kRules) == AuthAnswer::kDeny));
}

BOOST_AUTO_TEST_CASE(local_readers_are_let_in_where_the_operator_says_so) {
    AuthRules rules = kRules;
    rules.local_readers = true;
    BOOST_TEST((decide(reading("127.0.0.1", "", ""), rules) == AuthAnswer::kAllow));
    BOOST_TEST((decide(reading("::1", "", ""), rules) == AuthAnswer::kAllow));
    for (const char* ip : {"192.0.2.1", "", "<nil>", "12.7.0.0", "1127.0.0.1"})
        BOOST_TEST((decide(reading(ip, "", ""), rules) == AuthAnswer::kDeny));
}

BOOST_AUTO_TEST_CASE(secrets_are_compared_whole) {
    BOOST_TEST(same_secret("abc", "abc"));
    BOOST_TEST(!same_secret("abc", "abd"));
    BOOST_TEST(!same_secret("abc", "abcd"));
    BOOST_TEST(!same_secret("", ""));
}

BOOST_AUTO_TEST_SUITE_END()
