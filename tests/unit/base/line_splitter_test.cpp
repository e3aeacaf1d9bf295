#include "line_splitter.h"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace gatehouse;

BOOST_AUTO_TEST_SUITE(line_splitter)

BOOST_AUTO_TEST_CASE(lines_are_cut_out_of_a_stream_and_bounded) {
    LineSplitter splitter(8);
    std::vector<std::string> lines;
    const auto keep = [&lines](std::string_view line) { lines.emplace_back(line); };
    splitter.feed("ab", keep);
    splitter.feed("c\n\n0123456789\nxy", keep);
    splitter.feed("z\n", keep);
    BOOST_TEST(lines == (std::vector<std::string>{"abc", "01234567", "xyz"}));
    splitter.feed("the last one", keep);
    splitter.finish(keep);
    splitter.finish(keep);
    BOOST_TEST(lines.back() == "the last");
    BOOST_TEST(lines.size() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
