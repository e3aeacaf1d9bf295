#include <boost/test/unit_test.hpp>

#include <stdexcept>

#include "fake_muxer.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;
using namespace gatehouse::mediamtx::test;

BOOST_FIXTURE_TEST_SUITE(engine, EngineFixture)

BOOST_AUTO_TEST_CASE(streams_that_are_not_configured_have_no_window) {
    BOOST_TEST(engine.engine() == "mediamtx");
    engine.demand("nobody", StreamRole::kMain);
    engine.demand("uuid", StreamRole::kSub);
    BOOST_TEST(!engine.window("nobody", StreamRole::kMain));
    BOOST_TEST(!engine.coming("nobody", StreamRole::kMain));
    BOOST_TEST(client.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_is_asked_before_the_origin_is_known_and_nobody_waits_long_for_it) {
    engine.set_origin({});
    demand();
    pass(2s);
    BOOST_TEST(this->engine.coming("uuid", StreamRole::kMain));
    BOOST_TEST(changes == 0u);
    pass(3s);
    BOOST_TEST(!this->engine.coming("uuid", StreamRole::kMain));
    BOOST_TEST(changes == 1u);
    BOOST_TEST(asked.empty());
    engine.set_origin({"127.0.0.1", 1, "Bearer x"});
    pass(100ms);
    BOOST_TEST(window() != nullptr);
}

BOOST_AUTO_TEST_CASE(another_origin_drops_what_is_under_way_and_keeps_the_window) {
    demand();
    answer();
    const auto before = window();
    clock.advance(3s);
    scheduler.fire("mediamtx.hls");
    BOOST_TEST(client.waiting() == 1u);
    engine.set_origin({"127.0.0.2", 8888, "Bearer other"});
    BOOST_TEST(client.waiting() == 0u);
    BOOST_TEST((window() == before));
    scheduler.fire("mediamtx.hls");
    const auto call = client.take();
    BOOST_REQUIRE(call);
    BOOST_TEST(call->request.host == "127.0.0.2");
    BOOST_TEST(call->request.target == "/cams/one/index.m3u8");
    BOOST_TEST(call->request.headers[0].second == "Bearer other");
}

BOOST_AUTO_TEST_CASE(a_late_answer_of_another_life_is_dropped) {
    demand();
    const auto late = client.take();  // in the hands of the network
    engine.set_origin({"127.0.0.2", 8888, "Bearer other"});
    testing::FakeHttpClient::answer(*late, 200, muxer.index());
    BOOST_TEST(client.waiting() == 0u);
    scheduler.fire("mediamtx.hls");
    BOOST_TEST(client.take()->request.target == "/cams/one/index.m3u8");
}

BOOST_AUTO_TEST_CASE(between_two_requests_nothing_runs) {
    demand();
    answer();
    std::size_t turns = 0;
    for (auto passed = 0ms; passed < 20s; ++turns) {  // as the real timer would fire
        if (turns % 2 == 0) demand();
        const auto pause = scheduler.pause("mediamtx.hls");
        BOOST_REQUIRE(pause.has_value());
        clock.advance(*pause);
        passed += *pause;
        muxer.roll();
        scheduler.fire("mediamtx.hls");
        answer();
        BOOST_REQUIRE(turns < 1000u);
    }
    BOOST_TEST(window()->segments.size() > 5u);
    BOOST_TEST(turns <= count(".m3u8"));  // none without something to do
    BOOST_TEST(count("video1_stream.m3u8") < 25u);
}

BOOST_AUTO_TEST_CASE(a_stream_that_nobody_wants_any_more_is_let_go_at_its_time_and_the_timer_with_it) {
    demand();
    answer();
    auto left = 60s / 1ms;
    while (const auto pause = scheduler.pause("mediamtx.hls")) {
        clock.advance(*pause);
        BOOST_REQUIRE((left -= pause->count()) > 0);
        scheduler.fire("mediamtx.hls");
        answer();
    }
    BOOST_TEST(left > 25'000);  // 30 s after the demand
    BOOST_TEST(left < 30'100);
    BOOST_TEST(window() == nullptr);
}

BOOST_AUTO_TEST_CASE(a_trial_is_over_before_mediamtx_calls_the_camera_again_and_shortens_nobodys_demand) {
    engine.try_once("uuid", StreamRole::kMain);
    BOOST_TEST(client.waiting() == 1u);  // the index, which MediaMTX answers after 10 s
    BOOST_TEST(engine.wanted("uuid", StreamRole::kMain));
    for (auto passed = 0s; passed < 60s; passed += 1s) {
        clock.advance(1s);
        scheduler.fire("mediamtx.hls");
        BOOST_TEST(client.waiting() == (passed < 9s ? 1u : 0u));
    }
    BOOST_TEST(!engine.wanted("uuid", StreamRole::kMain));
    demand();
    clock.advance(5s);
    engine.try_once("uuid", StreamRole::kMain);
    clock.advance(20s);
    scheduler.fire("mediamtx.hls");
    BOOST_TEST(engine.wanted("uuid", StreamRole::kMain));
}

BOOST_AUTO_TEST_CASE(a_turn_that_throws_is_not_the_last) {
    demand();
    answer();
    const Registration faulty =
        engine.on_change([](const std::string&, StreamRole) { throw std::runtime_error("no memory"); });
    clock.advance(31s);  // it goes to rest, and says so
    BOOST_CHECK_THROW(scheduler.fire("mediamtx.hls"), std::runtime_error);
    BOOST_TEST((scheduler.pause("mediamtx.hls") == 1'000ms));
    BOOST_TEST(scheduler.fire("mediamtx.hls"));
    demand();
    BOOST_TEST(client.waiting() == 1u);
    BOOST_TEST(scheduler.pause("mediamtx.hls").has_value());
}

BOOST_AUTO_TEST_CASE(streams_that_left_are_forgotten_and_others_undisturbed) {
    demand();
    answer();
    const auto before = window();
    engine.set_streams(
        {{"uuid", StreamRole::kMain, "cams/one", false}, {"second", StreamRole::kMain, "cams/two", false}});
    BOOST_TEST((window() == before));
    engine.set_streams({{"second", StreamRole::kMain, "cams/two", false}});
    BOOST_TEST(!window());
    BOOST_TEST(changes == 2u);
    demand();
    BOOST_TEST(client.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(a_stream_with_another_path_begins_anew) {
    demand();
    answer();
    engine.set_streams({{"uuid", StreamRole::kMain, "cams/three", false}});
    BOOST_TEST(!window());
    demand();
    BOOST_TEST(client.take()->request.target == "/cams/three/index.m3u8");
}

BOOST_AUTO_TEST_CASE(names_that_would_leave_the_path_are_left_out) {
    for (const std::string bad : {"", "/a", "a/", "../a", "a/../b", "a//b", "a b", "a?x", "a%2f", "a\r\nb"}) {
        engine.set_streams({{"uuid", StreamRole::kMain, bad, false}});
        demand();
        BOOST_TEST(client.waiting() == 0u, bad);
    }
}

BOOST_AUTO_TEST_CASE(stopping_cancels_and_nothing_is_asked_afterwards) {
    demand();
    answer();
    clock.advance(3s);
    scheduler.fire("mediamtx.hls");
    BOOST_TEST(client.waiting() == 1u);
    engine.stop();
    BOOST_TEST(client.waiting() == 0u);
    BOOST_TEST(window() != nullptr);
    demand();
    BOOST_TEST(!scheduler.fire("mediamtx.hls"));
    BOOST_TEST(client.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(bytes_are_brought_from_the_window_and_only_from_there) {
    demand();
    answer();
    const auto run = window()->runs.at(0)->id;
    std::string got;
    bool failed = false;
    const auto take = [&](http::Body body, std::exception_ptr failure) {
        got = body.to_string();
        failed = failure != nullptr;
    };
    engine.fetch("uuid", StreamRole::kMain, run, 0, take);
    BOOST_TEST(got == video_init());
    engine.fetch("uuid", StreamRole::kMain, run, 1, take);
    BOOST_TEST(got == fragment(1, "aaaaaaaaaaaa_video1_seg0.mp4"));
    engine.fetch("uuid", StreamRole::kMain, run, 99, take);
    BOOST_TEST(failed);
}

BOOST_AUTO_TEST_SUITE_END()
