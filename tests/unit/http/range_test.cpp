#include <boost/test/unit_test.hpp>

#include "http/range.h"

using namespace gatehouse::http;

namespace {

std::string read(std::string_view value, std::uint64_t size) {
    const ByteRange range = parse_range(value, size);
    if (range.kind == ByteRange::Kind::kWhole) return "whole";
    if (range.kind == ByteRange::Kind::kUnsatisfiable) return "unsatisfiable";
    return std::to_string(range.first) + "+" + std::to_string(range.length);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(range)

BOOST_AUTO_TEST_CASE(a_single_range_is_cut_to_the_size) {
    BOOST_TEST(read("bytes=0-0", 10) == "0+1");
    BOOST_TEST(read("bytes=2-5", 10) == "2+4");
    BOOST_TEST(read("bytes=2-", 10) == "2+8");
    BOOST_TEST(read("bytes=2-99", 10) == "2+8");
    BOOST_TEST(read("bytes=9-9", 10) == "9+1");
    BOOST_TEST(read("BYTES = 0-1", 10) == "0+2");
}

BOOST_AUTO_TEST_CASE(a_suffix_counts_from_the_end) {
    BOOST_TEST(read("bytes=-3", 10) == "7+3");
    BOOST_TEST(read("bytes=-10", 10) == "0+10");
    BOOST_TEST(read("bytes=-99", 10) == "0+10");
}

BOOST_AUTO_TEST_CASE(ranges_beyond_the_end_are_unsatisfiable) {
    BOOST_TEST(read("bytes=10-", 10) == "unsatisfiable");
    BOOST_TEST(read("bytes=10-20", 10) == "unsatisfiable");
    BOOST_TEST(read("bytes=-0", 10) == "unsatisfiable");
    BOOST_TEST(read("bytes=0-", 0) == "unsatisfiable");
    BOOST_TEST(read("bytes=-5", 0) == "unsatisfiable");
    BOOST_TEST(read("bytes=99999999999999999999999-", 10) == "unsatisfiable");
}

BOOST_AUTO_TEST_CASE(huge_numbers_do_not_wrap) {
    BOOST_TEST(read("bytes=0-18446744073709551615", 10) == "0+10");
    BOOST_TEST(read("bytes=0-99999999999999999999999", 10) == "0+10");
    BOOST_TEST(read("bytes=-18446744073709551615", 10) == "0+10");
    BOOST_TEST(read("bytes=1-18446744073709551615", ~std::uint64_t{0}) == "1+18446744073709551614");
}

BOOST_AUTO_TEST_CASE(malformed_ranges_other_units_and_several_ranges_give_the_whole) {
    for (const char* value : {"", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=1-2x", "bytes=--1",
                              "bytes=+1-2", "bytes 0-1", "items=0-1", "bytes=0-1,3-4", "bytes=0x1-2", "bytes=1 - 2",
                              "=0-1", "bytes=99999999999999999999999-5"})
        BOOST_TEST(read(value, 10) == "whole", value);
}

BOOST_AUTO_TEST_SUITE_END()
