#include <boost/test/unit_test.hpp>

#include "http/path_normaliser.h"

using namespace gatehouse::http;

namespace {

std::string path_of(std::string_view target) {
    std::string scratch;
    const auto parsed = normalise_target(target, scratch);
    return parsed ? std::string(parsed->path) : "refused";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(path_normaliser)

BOOST_AUTO_TEST_CASE(ordinary_targets_split_into_path_and_query) {
    std::string scratch;
    const auto target = normalise_target("/hls/key/index.m3u8?token=a%20b&x", scratch).value();
    BOOST_TEST(target.path == "/hls/key/index.m3u8");
    BOOST_TEST(target.query == "token=a%20b&x");
    BOOST_TEST(target.authority.empty());
    BOOST_TEST(path_of("/") == "/");
    BOOST_TEST(path_of("/a//b/") == "/a//b/");
}

BOOST_AUTO_TEST_CASE(escapes_are_decoded_once) {
    BOOST_TEST(path_of("/a%20b") == "/a b");
    BOOST_TEST(path_of("/%e2%82%ac") == "/\xe2\x82\xac");
    BOOST_TEST(path_of("/%2541") == "/%41");
    BOOST_TEST(path_of("/a?%zz") == "/a");
}

BOOST_AUTO_TEST_CASE(a_semicolon_belongs_to_its_segment) { BOOST_TEST(path_of("/a;v=1/b") == "/a;v=1/b"); }

BOOST_AUTO_TEST_CASE(dots_that_are_no_dot_segments_are_kept) {
    BOOST_TEST(path_of("/...") == "/...");
    BOOST_TEST(path_of("/.well-known/x") == "/.well-known/x");
    BOOST_TEST(path_of("/a..b/..c/.d") == "/a..b/..c/.d");
}

BOOST_AUTO_TEST_CASE(traversal_is_refused_in_every_spelling) {
    for (const char* target : {"/..", "/../etc", "/a/../b", "/a/./b", "/.", "/a/..", "/a/.", "/%2e%2e/x", "/.%2E/",
                               "/a/%2e", "/a/..;/b%2f", "/..%2f", "/%2e%2e%5cx", "/a\\..\\b", "/%5c"})
        BOOST_TEST(path_of(target) == "refused", target);
}

BOOST_AUTO_TEST_CASE(malformed_escapes_and_control_bytes_are_refused) {
    for (const char* target : {"/%", "/%4", "/%zz", "/%0g", "/a%00b", "/%0d%0a", "/%7f", "/%1f", "/%2f", "/%2F", "/%ff",
                               "/%c0%af", "/%ed%a0%80", "/%e2%82", "/a#b", "/\x80", "/a b", "/a\tb"})
        BOOST_TEST(path_of(target) == "refused", target);
    BOOST_TEST(path_of(std::string_view("/a\0b", 4)) == "refused");
}

BOOST_AUTO_TEST_CASE(the_absolute_form_gives_the_authority) {
    std::string scratch;
    const auto target = normalise_target("HTTP://example.org:81/x?y", scratch).value();
    BOOST_TEST(target.path == "/x");
    BOOST_TEST(target.query == "y");
    BOOST_TEST(target.authority == "example.org:81");
    BOOST_TEST(path_of("http://example.org") == "/");
    BOOST_TEST(path_of("http://example.org?x") == "/");
    for (const char* bad : {"http:///x", "http://user@host/", "ftp://host/", "host:80", "x", ""})
        BOOST_TEST(path_of(bad) == "refused", bad);
}

BOOST_AUTO_TEST_CASE(the_asterisk_is_a_form_of_its_own) {
    std::string scratch;
    BOOST_TEST((normalise_target("*", scratch).value().form == Target::Form::kAsterisk));
    BOOST_TEST(path_of("**") == "refused");
}

BOOST_AUTO_TEST_CASE(query_values_are_found_decoded_and_the_first_counts) {
    BOOST_TEST(query_value("a=1&b=x%20y+z&a=2", "a").value() == "1");
    BOOST_TEST(query_value("a=1&b=x%20y+z", "b").value() == "x y z");
    BOOST_TEST(query_value("a&b=", "a").value().empty());
    BOOST_TEST(!query_value("ab=1", "a"));
    BOOST_TEST(!query_value("", ""));
    BOOST_TEST(query_value("%61=5", "a").value() == "5");
    BOOST_TEST(query_value("a=%zz%4", "a").value() == "%zz%4");
}

BOOST_AUTO_TEST_SUITE_END()
