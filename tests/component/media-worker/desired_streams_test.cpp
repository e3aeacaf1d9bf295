#include <boost/test/unit_test.hpp>

#include <gatehouse/media_protocol/codec.h>
#include <gatehouse/media_protocol/text.h>
#include <gatehouse/testing/fake_catalogue.h>

#include "builtin_engine.h"
#include "desired_streams.h"

using namespace gatehouse;
using namespace gatehouse::media_worker;
using gatehouse::testing::make_camera;
using gatehouse::testing::make_snapshot;

namespace {

std::optional<Credentials> none(const Camera&, StreamRole) { return Credentials{}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(wanted_streams)

BOOST_AUTO_TEST_CASE(main_and_sub_of_enabled_cameras_are_wanted) {
    Camera a = make_camera(1), b = make_camera(2);
    a.sub = StreamSource{"rtsp://192.0.2.1/sub", "", false};
    a.transport = Transport::kTcp;
    b.enabled = false;
    const auto wanted = desired_streams(make_snapshot({a, b}), [](const Camera&, StreamRole role) {
        return std::optional(Credentials{"viewer", role == StreamRole::kMain ? "one" : "two"});
    });
    BOOST_REQUIRE(wanted.size() == 2u);
    const auto& main = wanted.at(a.uuid + "/main");
    BOOST_TEST(main.url == "rtsp://192.0.2.1/main");
    BOOST_TEST(main.user == "viewer");
    BOOST_TEST(main.password == "one");
    BOOST_TEST((main.transport == media_protocol::Transport::tcp));
    BOOST_TEST(wanted.at(a.uuid + "/sub").password == "two");
}

BOOST_AUTO_TEST_CASE(a_stream_whose_credentials_do_not_open_is_left_out_and_the_others_stay) {
    Camera a = make_camera(1), b = make_camera(2);
    const auto wanted = desired_streams(make_snapshot({a, b}), [](const Camera& camera, StreamRole) {
        return camera.id == 1 ? std::nullopt : std::optional(Credentials{});
    });
    BOOST_TEST(wanted.size() == 1u);
    BOOST_TEST(wanted.contains(b.uuid + "/main"));
}

BOOST_AUTO_TEST_CASE(what_the_protocol_cannot_carry_is_left_out) {
    Camera a = make_camera(1), b = make_camera(2);
    a.main.url = "rtsp://" + std::string(3'000, 'x');
    b.name = std::string(600, 'n');
    const auto wanted = desired_streams(make_snapshot({a, b}), none);
    BOOST_TEST(wanted.size() == 1u);
    BOOST_CHECK_NO_THROW(media_protocol::encode(wanted.begin()->second));
}

BOOST_AUTO_TEST_CASE(a_long_name_is_cut_between_two_characters) {
    for (const char* shift : {"", "n"}) {
        Camera a = make_camera(1);
        a.name = shift;
        for (int i = 0; i < 300; ++i) a.name += "\xC3\xA9";
        const std::string label = desired_streams(make_snapshot({a}), none).begin()->second.label;
        BOOST_TEST(label == media_protocol::clean_text(label, label.size()));
        BOOST_TEST(label.size() >= media_protocol::kMaxTextBytes - 1);
        BOOST_TEST(label.size() <= media_protocol::kMaxTextBytes);
    }
}

BOOST_AUTO_TEST_CASE(only_differences_are_told) {
    Camera a = make_camera(1), b = make_camera(2), c = make_camera(3);
    const auto before = desired_streams(make_snapshot({a, b}), none);
    b.main.url = "rtsp://192.0.2.2/other";
    const auto after = desired_streams(make_snapshot({b, c}), none);
    const auto changes = difference(before, after);
    BOOST_REQUIRE(changes.removals.size() == 1u);
    BOOST_TEST(changes.removals[0].stream_id == a.uuid + "/main");
    BOOST_TEST(changes.upserts.size() == 2u);
    BOOST_TEST(difference(after, after).upserts.empty());
    BOOST_TEST(difference(after, after).removals.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(camera_state)

BOOST_AUTO_TEST_CASE(a_camera_is_what_its_main_stream_is) {
    media_protocol::StreamState main, sub;
    main.phase = media_protocol::StreamPhase::live;
    main.since_us = 5;
    main.cause_text = "old";
    main.video_codec = "hvc1.1.6.L93.B0";
    main.width = 1920;
    sub.phase = media_protocol::StreamPhase::live;
    auto live = camera_live(&main, &sub);
    BOOST_TEST((live.state == CameraLive::State::kLive));
    BOOST_TEST(live.cause.empty());
    BOOST_TEST(live.sub_live);
    BOOST_TEST(live.since.us == 5);
    BOOST_TEST(live.width == 1920);
    main.phase = media_protocol::StreamPhase::offline;
    main.cause_text = "nobody answers";
    live = camera_live(&main, nullptr);
    BOOST_TEST((live.state == CameraLive::State::kOffline));
    BOOST_TEST(live.cause == "nobody answers");
    BOOST_TEST(!live.sub_live);
    main.phase = media_protocol::StreamPhase::unsupported;
    BOOST_TEST((camera_live(&main, nullptr).state == CameraLive::State::kOffline));
    BOOST_TEST((camera_live(nullptr, nullptr).state == CameraLive::State::kUnknown));
}

BOOST_AUTO_TEST_SUITE_END()
