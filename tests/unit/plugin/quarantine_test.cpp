#include <boost/test/unit_test.hpp>

#include <Poco/TemporaryFile.h>

#include <filesystem>
#include <fstream>

#include "plugin/quarantine.h"

using namespace gatehouse;
using gatehouse::plugin::Quarantine;

namespace {

struct File {
    std::string path = Poco::TemporaryFile::tempName();
    ~File() { std::filesystem::remove(path); }
    Quarantine open() const { return Quarantine(path, {}); }
};

UtcTime minute(int n) { return {1'795'489'200'000'000 + n * 60'000'000LL}; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(quarantine, File)

BOOST_AUTO_TEST_CASE(the_third_death_within_ten_minutes_is_the_last) {
    BOOST_TEST(!open().record_death("p", "start", "id", minute(0)));
    BOOST_TEST(!open().record_death("p", "start", "id", minute(5)));
    BOOST_TEST(!open().find("p", "id").has_value());
    BOOST_TEST(open().record_death("p", "route x", "id", minute(10)));
    const auto found = open().find("p", "id");
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(found->entry == "route x");
    BOOST_TEST(found->since.us == minute(10).us);
}

BOOST_AUTO_TEST_CASE(deaths_that_are_old_or_of_another_plugin_do_not_count) {
    BOOST_TEST(!open().record_death("p", "start", "id", minute(0)));
    BOOST_TEST(!open().record_death("q", "start", "id", minute(8)));
    BOOST_TEST(!open().record_death("p", "start", "id", minute(9)));
    BOOST_TEST(!open().record_death("p", "start", "id", minute(11)));
}

BOOST_AUTO_TEST_CASE(a_new_build_and_a_release_end_it) {
    for (int i = 0; i < 3; ++i) open().record_death("p", "start", "old", minute(i));
    BOOST_TEST(open().find("p", "old").has_value());
    BOOST_TEST(!open().find("p", "new").has_value());
    BOOST_TEST(open().release("p"));
    BOOST_TEST(!open().find("p", "old").has_value());
    BOOST_TEST(!open().record_death("p", "start", "old", minute(3)));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_ours_counts_as_none_and_is_replaced) {
    for (const char* text : {"not json", "[]", "{\"deaths\":[{\"plugin\":1}]}", "{\"deaths\":7}"}) {
        std::ofstream(path) << text;
        BOOST_TEST(!open().find("p", "id").has_value(), text);
        BOOST_TEST(!open().record_death("p", "start", "id", minute(0)), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
