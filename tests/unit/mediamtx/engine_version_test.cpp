#include <boost/test/unit_test.hpp>

#include "engine_version.h"

using namespace gatehouse::mediamtx;

BOOST_AUTO_TEST_SUITE(engine_version)

BOOST_AUTO_TEST_CASE(versions_are_read_in_every_spelling) {
    BOOST_TEST((parse_version("v1.20.1") == EngineVersion{1, 20, 1}));
    BOOST_TEST((parse_version("1.9.0") == EngineVersion{1, 9, 0}));
    BOOST_TEST((parse_version("v1.21.0-rc1") == EngineVersion{1, 21, 0}));
    BOOST_TEST((parse_version("MediaMTX v1.20.1") == EngineVersion{1, 20, 1}));
    for (const char* bad : {"", "v", "1", "1.2", "v1.2.x", "one", "1.2.3.4", "v99999999999.1.1"})
        BOOST_TEST(!parse_version(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(what_a_version_knows) {
    BOOST_TEST(capabilities_of(EngineVersion{1, 20, 1}).cdn_secret);
    BOOST_TEST(capabilities_of(EngineVersion{1, 18, 1}).cdn_secret);
    BOOST_TEST(!capabilities_of(EngineVersion{1, 18, 0}).cdn_secret);
    BOOST_TEST(!capabilities_of(EngineVersion{1, 18, 1}).moq);
    BOOST_TEST(capabilities_of(std::nullopt).cdn_secret);
}

BOOST_AUTO_TEST_CASE(old_ones_are_named_and_foreign_ones_refused) {
    BOOST_TEST(version_trouble({1, 18, 1}).empty());
    BOOST_TEST(version_trouble({1, 25, 0}).empty());
    BOOST_TEST(version_trouble({1, 15, 0}).find("old") != std::string::npos);
    BOOST_TEST(version_trouble({1, 8, 5}).find("not supported") != std::string::npos);
    BOOST_TEST(version_trouble({2, 0, 0}).find("not supported") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
