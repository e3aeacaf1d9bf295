// What a child says comes line by line, whatever it says.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "fixture.h"

using namespace gatehouse;
using namespace gatehouse::test;

namespace {

// All that a script says, after its end.
std::vector<std::string> said(const std::string& script) {
    Lines lines;
    ChildCommand command = shell(script);
    command.on_line = lines.keeper();
    {
        ChildProcess child(std::move(command));
        BOOST_TEST(child.wait(kLong));
    }
    return lines.all();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(child_output)

BOOST_AUTO_TEST_CASE(lines_of_output_and_error_output_come_in_order) {
    BOOST_TEST(said("echo one; echo two >&2; echo; echo three") == (std::vector<std::string>{"one", "two", "three"}));
}

BOOST_AUTO_TEST_CASE(a_last_line_without_an_end_comes_too) {
    BOOST_TEST(said("echo one; printf rest") == (std::vector<std::string>{"one", "rest"}));
}

BOOST_AUTO_TEST_CASE(a_flood_of_lines_comes_whole) {
    const auto lines = said("yes 0123456789 | head -n 200000; echo last");
    BOOST_TEST(lines.size() == 200'001);
    BOOST_TEST(lines.front() == "0123456789");
    BOOST_TEST(lines.back() == "last");
}

BOOST_AUTO_TEST_CASE(a_line_without_bounds_is_cut) {
    const auto lines = said("head -c 20000000 /dev/zero | tr '\\0' x; echo; echo last");
    BOOST_REQUIRE(lines.size() == 2);
    BOOST_TEST(lines[0] == std::string(8'192, 'x'));
    BOOST_TEST(lines[1] == "last");
}

BOOST_AUTO_TEST_CASE(one_that_never_stops_talking_is_ended) {
    std::atomic<std::size_t> count{0};
    ChildCommand command{.words = {"yes"}};
    command.on_line = [&count](std::string_view) {
        if (++count == 1) count.notify_one();
    };
    ChildProcess child(std::move(command));
    count.wait(0);
    BOOST_TEST(child.end(kLong));
    BOOST_TEST(!child.running());
}

BOOST_AUTO_TEST_CASE(what_the_reader_throws_loses_one_line) {
    Lines lines;
    ChildCommand command = shell("echo bad; echo good");
    command.on_line = [keep = lines.keeper()](std::string_view line) {
        if (line == "bad") throw std::runtime_error("not this one");
        keep(line);
    };
    ChildProcess child(std::move(command));
    BOOST_TEST(lines.wait_for("good"));
    BOOST_TEST(lines.all() == std::vector<std::string>{"good"});
}

// MediaMTX's runOn commands, for one, have its log as their output.
BOOST_AUTO_TEST_CASE(what_it_left_behind_with_its_output_holds_nobody_up) {
    Lines lines;
    ChildCommand command = shell("sleep 600 & echo $!");
    command.on_line = lines.keeper();
    const auto begin = std::chrono::steady_clock::now();
    {
        ChildProcess child(std::move(command));
        BOOST_TEST(child.wait(kLong));
    }
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 60s));
    const auto all = lines.all();  // written before its end, read after it
    BOOST_REQUIRE(all.size() == 1);
    BOOST_TEST(::kill(std::stoi(all[0]), SIGKILL) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
