#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "log/journal_channel.h"
#include "log/terminal_channel.h"

using namespace gatehouse::log;

namespace {

Poco::Message message() {
    Poco::Message out("hls-proxy", "no keyframe", Poco::Message::PRIO_WARNING);
    out.setTime(Poco::Timestamp(1'795'489'200'123'456));
    out.set("CAMERA", "7");
    out.set("REQUEST_ID", "abc");
    out.set("OTHER", "dropped");
    return out;
}

bool has(const std::vector<std::string>& fields, const std::string& field) {
    return std::find(fields.begin(), fields.end(), field) != fields.end();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lines)

BOOST_AUTO_TEST_CASE(the_terminal_gets_time_level_logger_text_and_fields) {
    BOOST_TEST(terminal_line(message()) ==
               "2026-11-24T03:00:00.123Z warning hls-proxy: no keyframe [CAMERA=7] [REQUEST_ID=abc]");
}

BOOST_AUTO_TEST_CASE(the_journal_gets_structured_fields) {
    const auto fields = journal_fields(message(), true);
    for (const char* field : {"MESSAGE=no keyframe", "PRIORITY=4", "SYSLOG_IDENTIFIER=gatehoused", "LOGGER=hls-proxy",
                              "PLUGIN=hls-proxy", "CAMERA=7", "REQUEST_ID=abc"})
        BOOST_TEST(has(fields, field), field);
    BOOST_TEST(!has(fields, "OTHER=dropped"));
    BOOST_TEST(!has(journal_fields(message(), false), "PLUGIN=hls-proxy"));
}

BOOST_AUTO_TEST_CASE(priorities_are_those_of_syslog) {
    BOOST_TEST(syslog_level(Poco::Message::PRIO_CRITICAL) == 2);
    BOOST_TEST(syslog_level(Poco::Message::PRIO_INFORMATION) == 6);
    BOOST_TEST(syslog_level(Poco::Message::PRIO_TRACE) == 7);
}

BOOST_AUTO_TEST_SUITE_END()
