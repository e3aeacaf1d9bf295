#define BOOST_TEST_MODULE mediad_decisions
#include <boost/test/unit_test.hpp>

#include "backoff.h"
#include "causes.h"
#include "isolation.h"
#include "options.h"
#include "stream_url.h"

using namespace gatehouse::mediad;
using std::chrono::milliseconds;

BOOST_AUTO_TEST_CASE(after_a_connection_that_played_the_first_retry_comes_within_half_a_second) {
    Backoff backoff;
    for (const double chance : {0.0, 0.5, 0.999}) {
        backoff.played();
        const auto wait = backoff.next(milliseconds(10), chance);
        BOOST_TEST(wait.count() >= 250);
        BOOST_TEST(wait.count() <= 500);
    }
}

BOOST_AUTO_TEST_CASE(a_young_outage_is_retried_every_second_and_an_old_one_every_ten) {
    Backoff backoff;
    for (int i = 0; i < 20; ++i) BOOST_TEST(backoff.next(milliseconds(29'000), 0.999).count() <= 1'000);
    milliseconds last{0};
    for (int i = 0; i < 20; ++i) {
        last = backoff.next(milliseconds(60'000), 0.999);
        BOOST_TEST(last.count() <= 10'000);
    }
    BOOST_TEST(last.count() > 9'000);
    BOOST_TEST(backoff.next(milliseconds(60'000), 0.0).count() >= 5'000);
}

BOOST_AUTO_TEST_CASE(a_login_that_is_refused_again_is_tried_every_few_minutes_until_one_plays) {
    Backoff backoff;
    for (int outage = 0; outage < 2; ++outage) {
        for (int i = 1; i < Backoff::kQuickLogins; ++i)
            BOOST_TEST(backoff.next_login(milliseconds(0), 0.999).count() <= 1'000);
        BOOST_TEST(backoff.next_login(milliseconds(0), 0.0).count() == 60'000);
        milliseconds last{0};
        for (int i = 0; i < 9; ++i) last = backoff.next_login(milliseconds(0), 0.999);
        BOOST_TEST(last.count() > 299'000);
        BOOST_TEST(last.count() <= 300'000);
        BOOST_TEST(backoff.next_login(milliseconds(0), 0.0).count() == 150'000);
        backoff.played();
    }
}

BOOST_AUTO_TEST_CASE(causes_are_told_in_plain_words_without_repeating_the_cameras_text) {
    BOOST_CHECK(failure_from_status(401, "Unauthorized").cause == Cause::wrong_credentials);
    BOOST_CHECK(failure_from_status(404, "Not Found").cause == Cause::not_found);
    BOOST_CHECK(failure_from_status(461, "Unsupported Transport").transport_refused);
    BOOST_TEST(failure_from_status(503, "Busy").text == "the camera refuses the stream: it answers 503 Busy");
    BOOST_TEST(failure_from_status(503, "caf\xE9").text.ends_with("it answers 503 caf\xEF\xBF\xBD"));
    BOOST_CHECK(failure_from_text("Could not connect: Connection refused").cause == Cause::refused);
    BOOST_CHECK(failure_from_text("Error resolving \"x\"").cause == Cause::name_unknown);
    BOOST_CHECK(failure_from_text("something rtsp://u:secret@h").cause == Cause::camera_error);
    BOOST_TEST(failure_from_text("something rtsp://u:secret@h").text.find("secret") == std::string::npos);
    for (int i = 1; i <= static_cast<int>(Cause::bad_stream); ++i)
        BOOST_TEST(std::string(plain_words(static_cast<Cause>(i))).size() > 10U);
}

BOOST_AUTO_TEST_CASE(a_stream_that_brought_its_process_down_twice_gets_its_own) {
    Isolation isolation;
    const std::set<std::string> streams{"a", "b", "c"};
    BOOST_TEST(isolation.judge(streams, {"b"}, 0).own_shard.empty());
    BOOST_TEST(isolation.judge(streams, {"c"}, 0).own_shard.empty());
    BOOST_CHECK(isolation.judge(streams, {"b"}, 0).own_shard == std::set<std::string>{"b"});
}

BOOST_AUTO_TEST_CASE(crashes_that_point_at_nobody_split_the_process_in_halves) {
    Isolation isolation;
    const std::set<std::string> streams{"a", "b", "c", "d"};
    BOOST_TEST(isolation.judge(streams, {}, 1).move_out.empty());
    BOOST_TEST(isolation.judge(streams, {"a", "b"}, 2).move_out.size() == 2U);
    BOOST_TEST(isolation.judge({"a"}, {"a"}, 5).own_shard.empty());
    BOOST_TEST(isolation.judge({"a"}, {}, 5).move_out.empty());
}

BOOST_AUTO_TEST_CASE(addresses_that_cannot_be_pulled_are_refused_without_repeating_them) {
    BOOST_TEST(!object_to_url("rtsp://10.0.0.1/live?x=1@2").has_value());
    BOOST_TEST(!object_to_url("rtsps://[fe80::1]:322/live").has_value());
    for (const char* url : {"", "http://h/", "rtsp://", "rtsp:///live", "rtsp://:554/x", "rtsp://h/a b", "rtsp://h/\n"})
        BOOST_TEST(object_to_url(url).has_value());
    const auto objection = object_to_url("rtsp://user:secret@10.0.0.1/live");
    BOOST_REQUIRE(objection.has_value());
    BOOST_TEST(objection->find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_command_line_is_checked) {
    const auto parse = [](std::vector<std::string> words) {
        std::vector<char*> raw;
        for (std::string& word : words) raw.push_back(word.data());
        return parse_options(raw);
    };
    BOOST_TEST(parse({"m", "--socket", "/run/x", "--streams-per-shard", "4"}).supervisor.streams_per_shard == 4U);
    BOOST_TEST(parse({"m", "--fd", "7", "--die-with-parent"}).die_with_parent);
    for (const std::vector<std::string>& words : {std::vector<std::string>{"m"},
                                                  {"m", "--socket"},
                                                  {"m", "--fd", "x"},
                                                  {"m", "--fd", "-1"},
                                                  {"m", "--socket", "a", "--what"},
                                                  {"m", "--socket", "a", "--streams-per-shard", "0"},
                                                  {"m", "--shard", "--fd", "3"}})
        BOOST_CHECK_THROW(parse(words), std::invalid_argument);
}
