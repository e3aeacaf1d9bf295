#include <boost/test/unit_test.hpp>

#include <gatehouse/clock.h>

using namespace gatehouse;

namespace {
constexpr UtcTime kTime{1'795'489'200'123'456};  // 2026-11-24T03:00:00.123456Z
}

BOOST_AUTO_TEST_SUITE(clock_texts)

BOOST_AUTO_TEST_CASE(a_time_is_written_as_iso8601_with_milliseconds_rounded_down) {
    BOOST_TEST(to_iso8601(kTime) == "2026-11-24T03:00:00.123Z");
    BOOST_TEST(to_iso8601({0}) == "1970-01-01T00:00:00.000Z");
    BOOST_TEST(to_iso8601({253'402'300'799'999'999}) == "9999-12-31T23:59:59.999Z");
}

BOOST_AUTO_TEST_CASE(a_time_is_written_as_the_original_systems_columns) {
    BOOST_TEST(to_sql_text(kTime) == "2026-11-24 03:00:00");
}

BOOST_AUTO_TEST_CASE(an_http_date_is_read_back_as_it_was_written) {
    BOOST_TEST(to_http_date(kTime) == "Tue, 24 Nov 2026 03:00:00 GMT");
    const auto read = parse_http_date("Tue, 24 Nov 2026 03:00:00 GMT");
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->us == 1'795'489'200'000'000);
    BOOST_TEST(parse_http_date("Thu, 29 Feb 2024 23:59:60 GMT").has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_imf_fixdate_is_refused) {
    for (const char* text :
         {"", "Tue, 24 Nov 2026 03:00:00", "Mon, 24 Nov 2026 03:00:00 GMT", "Tue, 31 Nov 2026 03:00:00 GMT",
          "Thu, 29 Feb 2026 00:00:00 GMT", "Tue, 24 Nov 2026 24:00:00 GMT", "Tue, 24 Nov 2026 03:60:00 GMT",
          "tue, 24 nov 2026 03:00:00 GMT", "Tue, +4 Nov 2026 03:00:00 GMT", "Tue, 24-Nov-26 03:00:00 GMTx",
          "Tuesday, 24-Nov-26 03:00:00 GMT", "Tue, 24 Nov 1969 03:00:00 GMT"})
        BOOST_TEST(!parse_http_date(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
