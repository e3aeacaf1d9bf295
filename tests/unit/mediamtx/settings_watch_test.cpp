#include <boost/test/unit_test.hpp>

#include <gatehouse/error.h>

#include "settings_watch.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;

namespace {

using Names = std::vector<std::string>;

const std::string kPath = "gh-0123456789abcdef0123456789abcdef-main";

EngineConfig wanted() {
    EngineConfig config;
    config.api_address = "127.0.0.1:9997";
    config.hls_address = "127.0.0.1:8888";
    config.rtsp_address = "127.0.0.1:8554";
    config.hook = "127.0.0.1:1/hook";
    config.hook_fingerprint = "f1e2";
    config.cdn_secret = "abc";
    config.capabilities.cdn_secret = true;
    config.paths.emplace(kPath, PathConfig{"rtsp://h/a", false, "tcp"});
    return config;
}

// As MediaMTX says it, with much left out.
RawSettings as_written() {
    return read_settings(
        R"({"logLevel":"info","readTimeout":"10s","authMethod":"http","authHTTPAddress":"https://127.0.0.1:1/hook",)"
        R"("authHTTPFingerprint":"f1e2","authHTTPExclude":[{"action":"api","path":""}],"api":true,"apiAddress":"127.0.0.1:9997","hls":true,)"
        R"("hlsAddress":"127.0.0.1:8888","hlsSegmentCount":7,"hlsCDNSecret":"abc","runOnConnect":"","rtmp":false})");
}

ConfiguredPaths paths(std::size_t others) { return {{kPath, {{"rtsp://h/a", false, "tcp"}, others}}}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(settings_watch)

BOOST_AUTO_TEST_CASE(what_is_as_written_is_no_difference) {
    SettingsWatch watch;
    BOOST_TEST(watch.look(wanted(), as_written(), paths(5)).empty());
    BOOST_TEST(watch.look(wanted(), as_written(), paths(5)).empty());
}

BOOST_AUTO_TEST_CASE(a_setting_of_ours_is_compared_with_what_we_wrote_from_the_first_look_on) {
    for (const auto& [key, value] : RawSettings{{"authMethod", "\"internal\""},
                                                {"authHTTPAddress", "\"http://127.0.0.1:2/other\""},
                                                {"rtmp", "true"},
                                                {"hlsSegmentCount", "9"},
                                                {"hlsCDNSecret", "\"\""}}) {
        SettingsWatch watch;
        RawSettings changed = as_written();
        changed[key] = value;
        BOOST_TEST(watch.look(wanted(), changed, paths(5)).settings == Names{key});
    }
}

BOOST_AUTO_TEST_CASE(another_setting_is_compared_with_what_it_was) {
    SettingsWatch watch;
    watch.look(wanted(), as_written(), paths(5));
    RawSettings changed = as_written();
    changed["runOnConnect"] = "\"/bin/sh\"";
    changed["readTimeout"] = "\"1s\"";
    BOOST_TEST((watch.look(wanted(), changed, paths(5)).settings == Names{"readTimeout", "runOnConnect"}));
    BOOST_TEST(watch.look(wanted(), as_written(), paths(5)).empty());
    watch.met();
    BOOST_TEST(watch.look(wanted(), changed, paths(5)).empty());
}

BOOST_AUTO_TEST_CASE(a_path_of_ours_with_a_further_setting_is_told_and_others_are_not) {
    SettingsWatch watch;
    watch.look(wanted(), as_written(), paths(5));
    ConfiguredPaths changed = paths(6);
    changed.emplace("somebody", ConfiguredPath{{"publisher", false, ""}, 9});
    BOOST_TEST(watch.look(wanted(), as_written(), changed).paths == Names{kPath});
}

BOOST_AUTO_TEST_CASE(what_cannot_be_mended_is_accepted_after_three_tries) {
    SettingsWatch watch;
    RawSettings stubborn = as_written();
    stubborn["hlsSegmentCount"] = "8";
    for (int i = 0; i < 3; ++i) {
        watch.look(wanted(), stubborn, paths(5));
        BOOST_TEST(!watch.note_repair());
    }
    watch.look(wanted(), stubborn, paths(5));
    BOOST_TEST(watch.note_repair());
    BOOST_TEST(watch.look(wanted(), stubborn, paths(5)).empty());
    stubborn["hlsSegmentCount"] = "9";
    BOOST_TEST(watch.look(wanted(), stubborn, paths(5)).settings == Names{"hlsSegmentCount"});
}

BOOST_AUTO_TEST_CASE(a_setting_that_an_older_version_lacks_is_no_difference) {
    SettingsWatch watch;
    RawSettings older = as_written();
    older.erase("hlsCDNSecret");
    older.erase("authMethod");
    BOOST_TEST(watch.look(wanted(), older, paths(5)).empty());
}

BOOST_AUTO_TEST_CASE(settings_are_read_with_bounds) {
    BOOST_CHECK_THROW(read_settings("[]"), Error);
    BOOST_CHECK_THROW(read_settings("{\"a\":\"" + std::string(kMaxSettingsBytes, 'x') + "\"}"), Error);
    std::string many = "{\"k\":1";
    for (std::size_t i = 0; i < kMaxSettings; ++i) many += ",\"k" + std::to_string(i) + "\":1";
    BOOST_CHECK_THROW(read_settings(many + "}"), Error);
}

BOOST_AUTO_TEST_SUITE_END()
