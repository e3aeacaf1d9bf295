#include <gatehouse/error.h>
#include <boost/test/unit_test.hpp>

#include "api_json.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;

BOOST_AUTO_TEST_SUITE(api_json)

BOOST_AUTO_TEST_CASE(a_path_of_v1_20_1_is_read) {
    const auto paths =
        read_paths(R"({"itemCount":1,"pageCount":1,"items":[{"name":"gh-a","confName":"gh-a","ready":true,
        "readyTime":"2026-11-23T23:39:37.7Z","available":true,"availableTime":"2026-11-23T23:39:37.7Z","online":true,
        "source":{"type":"rtspSource","id":""},"tracks":["H264","MPEG-4 Audio"],"tracks2":[{"codec":"H264","codecProps":
        {"width":640,"height":360,"profile":"Main","level":"3"}},{"codec":"MPEG-4 Audio","codecProps":null}],
        "readers":[{"type":"hlsSession","id":"x"}],"inboundBytes":2360878,"bytesReceived":1}]})");
    const PathItem& item = paths.at("gh-a");
    BOOST_TEST(item.available);
    BOOST_TEST(item.available_time == "2026-11-23T23:39:37.7Z");
    BOOST_TEST(item.bytes == 2'360'878u);
    BOOST_TEST(item.readers == 1u);
    BOOST_TEST(item.width == 640);
    BOOST_TEST(item.height == 360);
    BOOST_TEST(item.video_track == "H264");
    BOOST_TEST(item.audio_track == "MPEG-4 Audio");
}

BOOST_AUTO_TEST_CASE(the_fields_of_v1_9_are_taken_where_the_newer_ones_are_missing) {
    const auto paths = read_paths(
        R"({"items":[{"name":"gh-a","ready":true,"readyTime":"t1","tracks":["MPEG-4 Audio","H265"],"bytesReceived":77}]})");
    const PathItem& item = paths.at("gh-a");
    BOOST_TEST(item.available);
    BOOST_TEST(item.available_time == "t1");
    BOOST_TEST(item.bytes == 77u);
    BOOST_TEST(item.video_track == "H265");
    BOOST_TEST(item.width == 0);
}

BOOST_AUTO_TEST_CASE(an_unreachable_camera_that_is_called_online_is_not_available) {
    const auto paths =
        read_paths(R"({"items":[{"name":"a","ready":false,"readyTime":null,"available":false,"availableTime":null,
        "online":true,"onlineTime":"0001-01-01T00:00:00Z","inboundBytes":0}]})");
    BOOST_TEST(!paths.at("a").available);
}

BOOST_AUTO_TEST_CASE(garbage_is_an_error_and_never_a_state) {
    for (const char* text : {"", "{", "[]", "null", "{}", R"({"items":{}})", R"({"items":[1]})",
                             R"({"items":[{"ready":true}]})", R"({"items":[{"name":7}]})", "<html>not found</html>"})
        BOOST_CHECK_THROW(read_paths(text), Error);
    std::string many = R"({"items":[)";
    for (std::size_t i = 0; i <= kMaxItems; ++i)
        many += (i ? ",{\"name\":\"p" : "{\"name\":\"p") + std::to_string(i) + "\"}";
    BOOST_CHECK_THROW(read_paths(many + "]}"), Error);
    BOOST_CHECK_THROW(read_paths(R"({"items":[{"name":")" + std::string(kMaxTextBytes + 1, 'x') + R"("}]})"), Error);
    const std::string deep(20'000, '[');
    BOOST_CHECK_THROW(read_paths(deep), Error);
}

BOOST_AUTO_TEST_CASE(wrong_types_of_optional_fields_are_unknown) {
    const auto paths =
        read_paths(R"({"items":[{"name":"a","ready":"yes","inboundBytes":-5,"tracks2":7,"readers":"x"}]})");
    BOOST_TEST(!paths.at("a").available);
    BOOST_TEST(paths.at("a").bytes == 0u);
}

BOOST_AUTO_TEST_CASE(configured_paths_hold_what_we_give) {
    const auto paths = read_configured_paths(
        R"({"items":[{"name":"gh-a","source":"rtsp://u:p@h/x","sourceOnDemand":true,"rtspTransport":"tcp","record":false}]})");
    BOOST_TEST((paths.at("gh-a") == PathConfig{"rtsp://u:p@h/x", true, "tcp"}));
}

BOOST_AUTO_TEST_CASE(an_errors_text_is_found_and_nothing_else_throws) {
    BOOST_TEST(read_error(R"({"status":"error","error":"path already exists"})") == "path already exists");
    BOOST_TEST(read_error("404 page not found").empty());
    BOOST_TEST(read_error(R"({"error":7})").empty());
}

BOOST_AUTO_TEST_CASE(a_path_body_reads_back_as_it_was) {
    const PathConfig config{"rtsp://u:p%22@h/x?a=\"b\\c\n", true, "udp"};
    const auto back = read_configured_paths(R"({"items":[{"name":"a",)" + path_body(config).substr(1) + "]}");
    BOOST_TEST((back.at("a") == config));
}

BOOST_AUTO_TEST_SUITE_END()
