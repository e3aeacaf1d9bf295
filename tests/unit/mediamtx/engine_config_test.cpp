#include <gatehouse/error.h>
#include <boost/test/unit_test.hpp>

#include <string>

#include "engine_config.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;

namespace {

EngineConfig some_config() {
    EngineConfig config;
    config.api_address = "127.0.0.1:9997";
    config.hls_address = "127.0.0.1:8888";
    config.rtsp_address = "127.0.0.1:8554";
    config.cdn_secret = "abc";
    config.hook = "127.0.0.1:1234/secret";
    config.hook_fingerprint = "f1e2";
    config.paths = {{"gh-a-main", {"rtsp://u:p%40@192.0.2.1:554/x?a=b&c='d'", false, "tcp"}},
                    {"gh-b-sub", {"rtsps://[::1]/y", true, "udp"}}};
    return config;
}

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_config)

BOOST_AUTO_TEST_CASE(what_is_rendered_reads_back) {
    const EngineConfig config = some_config();
    BOOST_TEST((read_back(checked_render(config)) == config.paths));
    EngineConfig empty = config;
    empty.paths.clear();
    BOOST_TEST(read_back(checked_render(empty)).empty());
}

BOOST_AUTO_TEST_CASE(everything_we_do_not_use_is_off_and_nothing_is_excluded_from_the_hook) {
    const std::string text = render(some_config());
    for (const char* line :
         {"\"rtmp\": false", "\"srt\": false", "\"webrtc\": false", "\"moq\": false", "\"playback\": false",
          "\"pprof\": false", "\"metrics\": false", "\"authMethod\": \"http\"",
          "\"authHTTPAddress\": \"https://127.0.0.1:1234/secret\"", "\"authHTTPFingerprint\": \"f1e2\"",
          "\"authHTTPExclude\": []", "\"hlsCDNSecret\": \"abc\"", "\"hlsVariant\": \"fmp4\""})
        BOOST_TEST(has_line(text, line), line);
    BOOST_TEST(text.find("all_others") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_old_mediamtx_gets_no_setting_that_it_would_refuse) {
    EngineConfig config = some_config();
    config.capabilities = capabilities_of(EngineVersion{1, 15, 0});
    const std::string text = checked_render(config);
    for (const char* key : {"hlsCDNSecret", "moq", "logStructured", "protocols"})
        BOOST_TEST(text.find(key) == std::string::npos, key);
    BOOST_TEST(text.find("authHTTPFingerprint") == std::string::npos);
    BOOST_TEST(has_line(text, "\"authHTTPAddress\": \"http://127.0.0.1:1234/secret\""));
    config.capabilities = capabilities_of(EngineVersion{1, 16, 1});
    BOOST_TEST(has_line(checked_render(config), "\"authHTTPAddress\": \"https://127.0.0.1:1234/secret\""));
    config.capabilities = capabilities_of(EngineVersion{1, 10, 0});
    const std::string older = checked_render(config);
    BOOST_TEST(older.find("rtspTransports") == std::string::npos);
    BOOST_TEST(has_line(older, "\"protocols\": [\"tcp\"]"));
}

BOOST_AUTO_TEST_CASE(a_value_that_could_break_out_of_its_line_is_refused_and_not_shown) {
    for (const char* source : {"rtsp://h/\"x", "rtsp://h/\nx", "rtsp://h/\\x", "rtsp://h/ x", "rtsp://h/\x7f",
                               "publisher", "redirect", "http://h/geheim"}) {
        EngineConfig config = some_config();
        config.paths["gh-c-main"] = {source, false, "tcp"};
        BOOST_CHECK_EXCEPTION(checked_render(config), Error,
                              [](const Error& e) { return e.message().find("geheim") == std::string::npos; });
    }
    for (const char* name : {"", "a b", "a\": {}", "~^.*", "a/b", "a\n"}) {
        EngineConfig config = some_config();
        config.paths[name] = {"rtsp://h/x", false, "tcp"};
        BOOST_CHECK_THROW(checked_render(config), Error);
    }
    EngineConfig config = some_config();
    config.paths["gh-c-main"] = {"rtsp://h/x", false, "tcp\", \"runOnInit\": \"id"};
    BOOST_CHECK_THROW(checked_render(config), Error);
    config = some_config();
    config.cdn_secret = "a\"b";
    BOOST_CHECK_THROW(checked_render(config), Error);
}

BOOST_AUTO_TEST_CASE(a_file_that_we_did_not_render_is_refused) {
    const std::string good = render(some_config());
    BOOST_CHECK_NO_THROW(read_back(good));
    for (const std::string& bad :
         {good.substr(0, good.size() - 1), good + "x\n", good + "  \"gh-a-main\": {\"source\": \"rtsp://h/x\"}\n",
          good + good, std::string("\"api\": true\n"), std::string("\"runOnConnect\": \"id\"\n\"paths\": {}\n")})
        BOOST_CHECK_THROW(read_back(bad), Error);
}

BOOST_AUTO_TEST_SUITE_END()
