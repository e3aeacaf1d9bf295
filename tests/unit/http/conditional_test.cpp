#include <boost/test/unit_test.hpp>

#include "http/conditional.h"

using namespace gatehouse::http;

BOOST_AUTO_TEST_SUITE(conditional)

BOOST_AUTO_TEST_CASE(if_none_match_compares_weakly_through_lists) {
    BOOST_TEST(none_match_hits("\"a\"", "\"a\""));
    BOOST_TEST(none_match_hits("W/\"a\"", "\"a\""));
    BOOST_TEST(none_match_hits("\"a\"", "W/\"a\""));
    BOOST_TEST(none_match_hits("\"x\" , W/\"y\",\"a\"", "\"a\""));
    BOOST_TEST(none_match_hits("\"x,y\",\"a\"", "\"a\""));
    BOOST_TEST(none_match_hits("*", "\"a\""));
}

BOOST_AUTO_TEST_CASE(if_none_match_misses_everything_else) {
    for (const char* value : {"", "\"b\"", "a", "\"a", "\"A\"", "\"x\"\"", "w/\"a\"", "junk,\"a\"", "\"x,\"a\""})
        BOOST_TEST(!none_match_hits(value, "\"a\""), value);
    BOOST_TEST(!none_match_hits("*", ""));
    BOOST_TEST(!none_match_hits("\"\"", ""));
}

BOOST_AUTO_TEST_CASE(if_range_needs_the_same_strong_tag) {
    BOOST_TEST(if_range_allows("", "\"a\""));
    BOOST_TEST(if_range_allows("\"a\"", "\"a\""));
    BOOST_TEST(!if_range_allows("\"b\"", "\"a\""));
    BOOST_TEST(!if_range_allows("W/\"a\"", "W/\"a\""));
    BOOST_TEST(!if_range_allows("W/\"a\"", "\"a\""));
    BOOST_TEST(!if_range_allows("Tue, 24 Nov 2026 03:00:00 GMT", "\"a\""));
    BOOST_TEST(!if_range_allows("\"a\"", ""));
}

BOOST_AUTO_TEST_SUITE_END()
