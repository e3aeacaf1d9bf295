// MediaMTX as a child, played by scripts.
#define BOOST_TEST_MODULE component.mediamtx_child
#include "engine_child.h"

#include <gatehouse/error.h>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace gatehouse;
using namespace gatehouse::mediamtx;
using namespace std::chrono_literals;

namespace {

struct Fixture {
    Fixture() {
        char pattern[] = "/tmp/mediamtx-child-XXXXXX";
        directory = ::mkdtemp(pattern);
    }
    ~Fixture() { std::filesystem::remove_all(directory); }
    // The path of a program with this text.
    std::string program(const std::string& text) const {
        const std::string path = directory + "/mediamtx";
        std::ofstream(path) << text;
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        return path;
    }
    std::string version_of(const std::string& text, std::chrono::milliseconds patience = 30s) const {
        return ask_version(program(text), patience);
    }
    std::string refusal(const std::string& path) const {
        try {
            start_engine(path, "mediamtx.yml", directory, [](std::string_view) {});
        } catch (const Error& e) {
            return e.message();
        }
        return "it was started";
    }
    std::string directory;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mediamtx_child, Fixture)

BOOST_AUTO_TEST_CASE(the_version_is_the_first_line_that_it_prints) {
    BOOST_TEST(version_of("#!/bin/sh\n[ \"$1\" = --version ] && echo v1.20.1 && echo more\n") == "v1.20.1");
    BOOST_TEST(version_of("#!/bin/sh\nprintf v1.9.0\n") == "v1.9.0");
    BOOST_TEST(version_of("#!/bin/sh\nhead -c 1000000 /dev/zero | tr '\\0' x\n") == std::string(64, 'x'));
}

BOOST_AUTO_TEST_CASE(what_gives_no_version_has_none) {
    BOOST_TEST(version_of("#!/bin/sh\nexit 1\n").empty());
    BOOST_TEST(version_of("#!/bin/sh\nexec sleep 600\n", 50ms).empty());
    BOOST_TEST(version_of("#!/no/such/interpreter\n").empty());
    BOOST_TEST(ask_version("/nowhere/mediamtx", 30s).empty());
}

BOOST_AUTO_TEST_CASE(it_runs_with_its_file_in_its_directory_and_its_log_comes) {
    std::vector<std::string> lines;
    {
        auto child = start_engine(program("#!/bin/sh\necho \"$@\"; pwd -P >&2\n"), "mediamtx.yml", directory,
                                  [&lines](std::string_view line) { lines.emplace_back(line); });
        BOOST_TEST(child.wait(30s));
        BOOST_TEST(child.how() == "ended with exit code 0");
    }
    BOOST_TEST(lines == (std::vector<std::string>{"mediamtx.yml", directory}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_started_says_why) {
    BOOST_TEST(refusal("/nowhere/mediamtx") ==
               "the program /nowhere/mediamtx is not there: install MediaMTX, or name it in program");
    const std::string path = program("#!/no/such/interpreter\n");
    BOOST_TEST(refusal(path) == "MediaMTX cannot be started: " + path + ": No such file or directory");
}

BOOST_AUTO_TEST_SUITE_END()
