#include "api/contract/camera_answers.h"

#include <boost/test/unit_test.hpp>

#include "api/contract/area_answers.h"
#include "api/contract/json_fields.h"

using namespace gatehouse;
using namespace gatehouse::api::contract;

namespace {

struct Views {
    Camera camera;
    Area area;

    Views() {
        camera.id = 7;
        camera.uuid = "11111111-2222-4333-8444-555555555555";
        camera.name = "Gate \"A\"";
        camera.description = "";
        camera.location = "North";
        camera.area_id = 3;
        camera.latitude = -6.2;
        camera.stream_key = "key";
        camera.main = {"rtsp://192.0.2.1/secret-path", "admin", true};
        camera.created_at = camera.updated_at = {1'771'500'000'000'000};
        area.id = 3;
        area.name = "RW 3";
        area.rw = "03";
        area.kecamatan = "Menteng";
    }
    CameraView view() const { return {camera, &area, {}, {}, {}}; }
};

std::string text(JsonObject object) { return text_of(object); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(camera_answers, Views)

BOOST_AUTO_TEST_CASE(active_cameras_have_the_documented_fields_in_order) {
    BOOST_TEST(
        text(active_camera(view())) ==
        R"({"id":7,"name":"Gate \"A\"","description":null,"location":"North","group_name":null,"area_id":3,"is_tunnel":0,)"
        R"("latitude":-6.2,"longitude":null,"status":"active","enable_recording":0,"video_codec":"h264","stream_key":"key",)"
        R"("thumbnail_path":null,"thumbnail_updated_at":null,"area_name":"RW 3"})");
}

BOOST_AUTO_TEST_CASE(a_stream_has_the_areas_parts_and_its_addresses) {
    auto it = view();
    it.streams.hls = "/hls/key/index.m3u8";
    it.live.state = CameraLive::State::kLive;
    BOOST_TEST(
        text(stream_camera(it)) ==
        R"({"id":7,"name":"Gate \"A\"","description":null,"location":"North","group_name":null,"area_id":3,"is_tunnel":0,)"
        R"("latitude":-6.2,"longitude":null,"status":"active","is_online":1,"last_online_check":null,"stream_key":"key",)"
        R"("video_codec":"h264","thumbnail_path":null,"thumbnail_updated_at":null,"area_name":"RW 3","rt":null,"rw":"03",)"
        R"("kelurahan":null,"kecamatan":"Menteng","streams":{"hls":"/hls/key/index.m3u8","webrtc":null}})");
}

BOOST_AUTO_TEST_CASE(a_single_stream_has_the_lists_fields_without_the_areas_parts) {
    BOOST_TEST(
        text(single_stream_camera(view())) ==
        R"({"id":7,"name":"Gate \"A\"","description":null,"location":"North","group_name":null,"area_id":3,"is_tunnel":0,)"
        R"("latitude":-6.2,"longitude":null,"status":"active","is_online":0,"stream_key":"key","video_codec":"h264",)"
        R"("thumbnail_path":null,"thumbnail_updated_at":null,"area_name":"RW 3"})");
}

BOOST_AUTO_TEST_CASE(online_needs_media_and_an_enabled_camera) {
    auto it = view();
    BOOST_TEST(!it.is_online());
    it.live.state = CameraLive::State::kConnecting;
    BOOST_TEST(!it.is_online());
    it.live.state = CameraLive::State::kLive;
    BOOST_TEST(it.is_online());
    camera.enabled = false;
    BOOST_TEST(!it.is_online());
    BOOST_TEST(state_text(it) == "disabled");
}

BOOST_AUTO_TEST_CASE(live_says_since_when_and_why) {
    auto it = view();
    it.live.state = CameraLive::State::kOffline;
    it.live.since = {1'771'500'000'123'456};
    it.live.cause = "the camera refuses the password";
    BOOST_TEST(
        text(live_camera(it)) ==
        R"({"id":7,"state":"offline","since":"2026-02-19T11:20:00.123Z","cause":"the camera refuses the password",)"
        R"("video_codec":null,"audio_codec":null,"width":null,"height":null,"has_sub":false})");
    it.live = {};
    BOOST_TEST(text(live_camera(it)).find(R"("state":"unknown","since":null,"cause":null)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(public_answers_never_hold_addresses_or_credentials) {
    for (const auto& object :
         {active_camera(view()), stream_camera(view()), single_stream_camera(view()), live_camera(view())})
        for (const char* secret : {"192.0.2.1", "secret-path", "admin", "rtsp", "11111111"})
            BOOST_TEST(text(object).find(secret) == std::string::npos, secret);
}

BOOST_AUTO_TEST_CASE(administrators_see_all_but_the_credentials) {
    const std::string shown = text(admin_camera(view(), std::nullopt));
    BOOST_TEST(shown.find(R"("private_rtsp_url":"rtsp://192.0.2.1/secret-path","has_user":true,"has_password":true)") !=
               std::string::npos);
    BOOST_TEST(shown.find(R"("sub_rtsp_url":null,"sub_has_user":false,"sub_has_password":false)") != std::string::npos);
    BOOST_TEST(shown.find(R"("visibility":"area","transport":"auto")") != std::string::npos);
    BOOST_TEST(shown.find(R"("created_at":"2026-02-19 11:20:00")") != std::string::npos);
    BOOST_TEST(shown.find("admin\"") == std::string::npos);
    BOOST_TEST(text(admin_camera(view(), "does not open")).find(R"("credentials_problem":"does not open")") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(areas_are_ordered_and_counted) {
    Area other = area;
    other.id = 4;
    other.name = "A";
    other.kecamatan = "Beji";
    const auto list = area_list({area, other}, {{3, 2}});
    BOOST_TEST(list->getObject(0)->getValue<int>("id") == 4);
    BOOST_TEST(list->getObject(0)->getValue<int>("camera_count") == 0);
    BOOST_TEST(list->getObject(1)->getValue<int>("camera_count") == 2);
}

BOOST_AUTO_TEST_CASE(filters_name_each_part_once) {
    Area twin = area;
    twin.id = 4;
    Area empty;
    BOOST_TEST(
        text(area_filters({area, twin, empty})) ==
        R"({"kecamatans":["Menteng"],"kelurahans":[],"rws":[{"rw":"03","kelurahan":null,"kecamatan":"Menteng"}]})");
}

BOOST_AUTO_TEST_SUITE_END()
