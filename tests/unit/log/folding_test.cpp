#include <boost/test/unit_test.hpp>

#include <gatehouse/testing/fake_clock.h>

#include "capture_channel.h"
#include "log/folding_channel.h"
#include "log/safe_channel.h"

using namespace gatehouse;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

namespace {

struct Folding {
    testing::FakeClock clock;
    Poco::AutoPtr<CaptureChannel> capture = Poco::makeAuto<CaptureChannel>();
    Poco::AutoPtr<log::FoldingChannel> folding = Poco::makeAuto<log::FoldingChannel>(capture, clock);

    void say(const std::string& text, const std::string& source = "x") {
        folding->log(Poco::Message(source, text, Poco::Message::PRIO_WARNING));
    }
    void check(const Texts& expected) { BOOST_TEST(capture->texts() == expected, boost::test_tools::per_element()); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(folding_of_repeats, Folding)

BOOST_AUTO_TEST_CASE(repeats_become_a_number_before_the_next_message) {
    for (int i = 0; i < 4; ++i) say("a");
    say("b");
    say("b");
    say("c");
    check({"a", "last message repeated 3 times", "b", "last message repeated 1 time", "c"});
}

BOOST_AUTO_TEST_CASE(a_repeat_that_goes_on_is_counted_out_every_ten_seconds) {
    say("a");
    for (int i = 0; i < 25; ++i) {
        say("a");
        clock.advance(1s);
    }
    check({"a", "last message repeated 11 times", "last message repeated 11 times"});
    folding->flush();
    BOOST_TEST(capture->texts().back() == "last message repeated 3 times");
}

BOOST_AUTO_TEST_CASE(a_fault_that_has_gone_quiet_is_counted_out_by_the_tick) {
    say("a");
    say("a");
    folding->tick();
    check({"a"});
    clock.advance(10s);
    folding->tick();
    folding->tick();
    check({"a", "last message repeated 1 time"});
}

BOOST_AUTO_TEST_CASE(the_same_text_of_another_logger_or_with_another_camera_is_no_repeat) {
    say("a", "x");
    say("a", "y");
    Poco::Message message("y", "a", Poco::Message::PRIO_WARNING);
    message.set("CAMERA", "7");
    folding->log(message);
    check({"a", "a", "a"});
}

BOOST_AUTO_TEST_CASE(no_message_reaches_a_sink_with_its_secret_or_its_line_breaks) {
    Poco::AutoPtr<log::SafeChannel> safe = Poco::makeAuto<log::SafeChannel>(folding);
    Poco::Message message("x", "rtsp://u:p@h/\nforged line", Poco::Message::PRIO_WARNING);
    message.set("CAMERA", "1\n2");
    safe->log(message);
    check({"rtsp://***@h/\\nforged line"});
    BOOST_TEST(capture->messages[0].get("CAMERA") == "1\\n2");
}

BOOST_AUTO_TEST_SUITE_END()
