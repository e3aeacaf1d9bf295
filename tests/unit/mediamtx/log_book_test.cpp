#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/Logger.h>
#include <Poco/Message.h>
#include <gatehouse/testing/fake_clock.h>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "line_memory.h"
#include "log_book.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;
using namespace std::chrono_literals;
using State = CameraLive::State;

namespace {

const std::string kReset = "the camera closed the connection";

class Kept final : public Poco::Channel {
public:
    void log(const Poco::Message& message) override {
        if (message.getPriority() <= Poco::Message::PRIO_INFORMATION) lines.push_back(message.getText());
    }
    std::vector<std::string> lines;
};

// A log book of one camera, path gh-a, and what an operator sees of it.
struct Book {
    Book() { book.set_labels({{"gh-a", "camera 3 (Gate) main"}, {"gh-b", "camera 4 (Yard) main"}}); }
    ~Book() { Poco::Logger::destroy(logger.name()); }

    void say(const std::string& level, const std::string& text, const std::string& path = "gh-a") {
        book.take("2026/11/24 03:00:00 " + level + " [path " + path + "] " + text);
    }
    void fail(const std::string& text, const std::string& path = "gh-a") { say("ERR", "[RTSP source] " + text, path); }
    // As MediaMTX does it: each time from another port.
    void reset() {
        fail("read tcp 127.0.0.1:" + std::to_string(++port) + "->127.0.0.1:554: read: connection reset by peer");
    }
    void look(State state, std::chrono::seconds seconds, const std::string& cause = "") {
        for (auto done = 0s; done <= seconds; done += 1s) {
            book.look("gh-a", state, cause);
            clock.advance(1s);
        }
    }
    std::vector<std::string> take() { return std::exchange(channel->lines, {}); }
    std::string one() {
        const auto lines = take();
        BOOST_TEST_REQUIRE(lines.size() == 1u);
        return lines.front();
    }

    int port = 40'000;
    testing::FakeClock clock;
    Poco::AutoPtr<Kept> channel{new Kept};
    Poco::Logger& logger = Poco::Logger::create("log_book_test", channel, Poco::Message::PRIO_TRACE);
    LogBook book{logger, clock, [] {}};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(log_book)

BOOST_FIXTURE_TEST_CASE(a_dead_camera_is_one_line_when_it_dies_and_one_when_it_is_back, Book) {
    fail("dial tcp 127.0.0.1:554: connect: connection refused");
    BOOST_TEST(one() ==
               "camera 3 (Gate) main: the camera refuses the connection: nothing listens on that "
               "port (MediaMTX: [RTSP source] dial tcp 127.0.0.1:554: connect: connection refused)");
    for (int i = 0; i < 2'000; ++i) {
        look(State::kOffline, 5s, "nothing listens");
        fail("dial tcp 127.0.0.1:554: connect: connection refused");
    }
    BOOST_TEST(take().empty());
    look(State::kLive, 10s);
    BOOST_TEST(one() == "camera 3 (Gate) main: gives pictures now");
    look(State::kLive, 3'600s);
    BOOST_TEST(take().empty());
    fail("dial tcp 127.0.0.1:554: connect: connection refused");
    BOOST_TEST(one().find("nothing listens") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_camera_that_resets_every_connection_is_one_line, Book) {
    for (int i = 0; i < 500; ++i) {
        say("INF", "[RTSP source] ready: 1 track (H264)");
        say("INF", "stream is available and online, 1 track (H264)");
        look(State::kLive, 2s);
        reset();
        look(State::kOffline, 3s, kReset);
    }
    BOOST_TEST(one().find(kReset + " (MediaMTX: [RTSP source] read tcp 127.0.0.1:40001->") != std::string::npos);
    BOOST_TEST(book.cause("gh-a") == kReset);
}

BOOST_FIXTURE_TEST_CASE(causes_in_turn_are_a_line_each, Book) {
    for (int i = 0; i < 500; ++i) {
        i % 2 == 0 ? reset() : fail("bad status code: 401 (Unauthorized)");
        look(State::kOffline, 5s, kReset);
    }
    const auto lines = take();
    BOOST_TEST_REQUIRE(lines.size() == 2u);
    BOOST_TEST(lines[1].find("wrong user or password") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_camera_that_comes_and_goes_is_said_to_and_when_it_stays, Book) {
    for (int i = 0; i < 200; ++i) {
        look(State::kLive, 20s);
        reset();
        look(State::kOffline, 10s, kReset);
    }
    const auto lines = take();
    BOOST_TEST_REQUIRE(lines.size() == 3u);
    BOOST_TEST(lines[0].find(kReset) != std::string::npos);
    BOOST_TEST(lines[1].find("gives pictures now") != std::string::npos);
    BOOST_TEST(lines[2].find("comes and goes: " + kReset) != std::string::npos);
    look(State::kLive, 61s);
    BOOST_TEST(one() == "camera 3 (Gate) main: gives pictures steadily again");
    reset();
    BOOST_TEST(one().find("main: " + kReset) != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_camera_that_dies_in_silence_is_told_too, Book) {
    look(State::kLive, 100s);
    look(State::kOffline, 10s, "the camera answers but sends no pictures");
    BOOST_TEST(take().empty());
    look(State::kOffline, 1'000s, "the camera answers but sends no pictures");
    BOOST_TEST(one() == "camera 3 (Gate) main: the camera answers but sends no pictures");
    look(State::kUnknown, 1'000s);
    BOOST_TEST(take().empty());
}

BOOST_FIXTURE_TEST_CASE(nobody_watching_is_no_death, Book) {
    look(State::kLive, 100s);
    look(State::kUnknown, 1'000s);
    look(State::kLive, 100s);
    BOOST_TEST(take().empty());
}

BOOST_FIXTURE_TEST_CASE(a_look_from_before_the_failure_is_no_return, Book) {
    look(State::kLive, 100s);
    reset();
    BOOST_TEST(take().size() == 1u);
    look(State::kLive, 2s);
    look(State::kOffline, 100s, kReset);
    BOOST_TEST(take().empty());
}

BOOST_FIXTURE_TEST_CASE(other_settings_are_another_story_and_cameras_do_not_share_one, Book) {
    reset();
    fail("EOF", "gh-b");
    BOOST_TEST(take().size() == 2u);
    book.forget("gh-a");
    BOOST_TEST(book.cause("gh-a").empty());
    reset();
    fail("EOF", "gh-b");
    BOOST_TEST(one().find("camera 3") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(warnings_that_differ_in_numbers_come_once_in_ten_minutes, Book) {
    for (int i = 0; i < 600; ++i) {
        say("WAR", "[RTSP source] " + std::to_string(i) + " RTP packets lost");
        say("WAR", "[RTSP source] " + std::to_string(i) + " RTP packets lost", "gh-b");
        book.take("2026/11/24 03:00:00 ERR [HLS] [session 80462f" + std::to_string(10 + i % 90) + "] failed");
        clock.advance(1s);
    }
    BOOST_TEST(take().size() == 3u);
    say("WAR", "[RTSP source] 3 RTP packets lost");
    BOOST_TEST(one() == "camera 3 (Gate) main: MediaMTX: [RTSP source] 3 RTP packets lost");
    BOOST_TEST(book.last_error().find("[HLS] [session") == 0u);
}

BOOST_AUTO_TEST_CASE(lines_that_differ_in_what_changes_are_comparable) {
    BOOST_TEST(comparable("read tcp 10.0.0.1:40000->10.0.0.2:554: read") ==
               comparable("read tcp 10.0.0.1:51234->10.0.0.2:554: read"));
    BOOST_TEST(comparable("[session 80462f36] took 12ms") == comparable("[session 0a1b2c3d] took 3ms"));
    BOOST_TEST(comparable("[path gh-0a1b2c3d-main] x") != comparable("[path gh-ffffffff-main] x"));
    BOOST_TEST(comparable("[path gh-1] x") != comparable("[path gh-2] x"));
    BOOST_TEST(comparable("H264 is bad") != comparable("H265 is bad"));
    BOOST_TEST(comparable("").empty());
}

BOOST_AUTO_TEST_CASE(memory_of_lines_is_bounded) {
    LineMemory memory;
    const auto now = MonotonicTime{} + 1h;
    for (int i = 0; i < 2'000; ++i) BOOST_TEST(!memory.repeats("x" + std::to_string(i), now));
    BOOST_TEST(memory.size() == LineMemory::kMostLines);
    BOOST_TEST(memory.repeats("x1999", now + 9min));
    BOOST_TEST(!memory.repeats("x1999", now + 10min));
    BOOST_TEST(memory.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
