// The plugin as the host loads it, reading a fake engine.
#include <boost/test/unit_test.hpp>

#include <gatehouse/hls_proxy/viewers.h>
#include <gatehouse/testing/loaded_plugin.h>

#include <algorithm>

#include "hosted.h"

using namespace gatehouse;
using namespace gatehouse::testing;
using std::chrono::seconds;

namespace {

std::string line_after(const std::string& text, const std::string& prefix) {
    const auto at = text.find(prefix);
    if (at == std::string::npos) return {};
    const auto begin = at + prefix.size();
    return text.substr(begin, text.find('\n', begin) - begin);
}

struct Fixture : hls::test::Hosted {
    Fixture() { begin(); }
    ~Fixture() {
        if (plugin) (*plugin)->stop();
    }
    void begin() {
        plugin.emplace(HLS_PROXY_PLUGIN);
        open_database("hls-proxy", "hls_", plugin->descriptor().migrations);
        context.cameras.set_cameras({camera, hidden, disabled});
        provided = context.offers.provide<MediaEngine>(engine);
        ConfigIssues issues;
        (*plugin)->configure(ConfigNode(), issues);
        (*plugin)->start(context);
    }
    // What a kill does: nothing of the plugin is left but its files.
    void restart() {
        (*plugin)->stop();
        plugin.reset();
        provided.close();
        begin();
    }
    void set(WindowRecipe recipe, StreamRole role = StreamRole::kMain) {
        recipe.changed_at = context.fake_clock.monotonic_now();
        engine->set_window(camera.uuid, role, make_window(recipe));
        context.timers.run_posted();
    }
    FakeAnswer get(const std::string& file) { return context.router.get(base + file); }
    std::string playlist() { return get("main.m3u8").text(); }
    std::uint64_t sequence() { return std::stoull(line_after(playlist(), "#EXT-X-MEDIA-SEQUENCE:")); }
    std::uint64_t discontinuities() { return std::stoull(line_after(playlist(), "#EXT-X-DISCONTINUITY-SEQUENCE:")); }

    Camera camera = make_camera(1);
    Camera hidden = [] {
        Camera c = make_camera(2);
        c.visibility = Visibility::kArea;
        return c;
    }();
    Camera disabled = [] {
        Camera c = make_camera(3);
        c.enabled = false;
        return c;
    }();
    const std::string base = "/hls/" + camera.stream_key + "/";
    std::shared_ptr<FakeEngine> engine = std::make_shared<FakeEngine>();
    Registration provided;
    std::optional<LoadedPlugin> plugin;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hls_proxy_plugin, Fixture)

BOOST_AUTO_TEST_CASE(a_stream_is_played_from_its_index_to_its_last_byte) {
    set({.count = 10});
    const auto index = get("index.m3u8");
    BOOST_TEST(index.status() == 200);
    BOOST_TEST(index.wait().entity->options().content_type == "application/vnd.apple.mpegurl");
    BOOST_TEST(index.text().find("CODECS=\"avc1.42C01F,mp4a.40.2\",RESOLUTION=1280x720\nmain.m3u8\n") !=
               std::string::npos);
    const auto text = playlist();
    BOOST_TEST(line_after(text, "#EXT-X-TARGETDURATION:") == "2");
    const auto init = line_after(text, "#EXT-X-MAP:URI=\"");
    BOOST_TEST(get(init.substr(0, init.size() - 1)).text() == "init of run 1");
    BOOST_TEST(get("main_" + std::to_string(sequence()) + ".m4s").text() == "segment 4");
    BOOST_TEST(get("main_" + std::to_string(sequence() + 6) + ".m4s").text() == "segment 10");
    BOOST_TEST(get("main_" + std::to_string(sequence() + 7) + ".m4s").status() == 404);
    BOOST_TEST(context.router.call({.method = http::Method::kHead, .path = base + "index.m3u8"}).status() == 200);
    BOOST_TEST(*context.cameras.stream_url("hls", camera) == base + "index.m3u8");
    const auto route = context.router.routes().front();
    BOOST_TEST(route->any_origin);
    BOOST_TEST((route->lane == http::Lane::kLoop));
}

BOOST_AUTO_TEST_CASE(both_renditions_are_offered_where_the_sub_stream_delivers) {
    set({});
    BOOST_TEST(get("index.m3u8").text().find("sub.m3u8") == std::string::npos);
    BOOST_TEST(get("sub.m3u8").status() == 404);
    camera.sub = StreamSource{"rtsp://192.0.2.1/sub", "", false};
    context.cameras.set_cameras({camera});
    context.bus.publish(CatalogueChanged{2});
    BOOST_TEST(get("sub.m3u8").status() == 503);
    set({.run_id = 2, .first = 70}, StreamRole::kSub);
    BOOST_TEST(get("index.m3u8").text().find("\nsub.m3u8\n") != std::string::npos);
    BOOST_TEST(get("sub.m3u8").text().find("sub_") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_must_not_be_known_is_answered_in_the_same_words) {
    set({});
    const auto reference = get("nonsense.txt").wait();
    BOOST_TEST(reference.entity->options().status == 404);
    for (const std::string& path :
         {"/hls/" + hidden.stream_key + "/index.m3u8", "/hls/" + disabled.stream_key + "/index.m3u8",
          "/hls/" + hidden.stream_key + "/nonsense.txt",
          std::string("/hls/ffffffff-0000-4000-8000-100000000009/index.m3u8"), std::string("/hls/x/index.m3u8"),
          std::string("/hls/..%2f..%2fetc/index.m3u8"), base + "main_1.m4s", base + "main_0000000000000001_init.mp4",
          base + "sub.m3u8"}) {
        const auto answer = context.router.get(path).wait();
        BOOST_TEST(answer.entity->options().status == 404, path);
        BOOST_TEST(answer.entity->body().to_string() == reference.entity->body().to_string(), path);
        BOOST_TEST((answer.headers == reference.headers), path);
    }
    BOOST_TEST(engine->demands() == 0);
}

BOOST_AUTO_TEST_CASE(an_administrator_sees_restricted_cameras_and_shared_caches_do_not) {
    engine->set_window(hidden.uuid, StreamRole::kMain, make_window({.changed_at = context.fake_clock.monotonic_now()}));
    context.timers.run_posted();
    const auto answer = context.router.call(
        {.path = "/hls/" + hidden.stream_key + "/main.m3u8", .caller = {Caller::Kind::kAdminSocket, "uid 0 (root)"}});
    BOOST_REQUIRE(answer.status() == 200);
    const auto segment = context.router.call(
        {.path = "/hls/" + hidden.stream_key + "/main_" + line_after(answer.text(), "#EXT-X-MEDIA-SEQUENCE:") + ".m4s",
         .caller = {Caller::Kind::kAdminSocket, "uid 0 (root)"}});
    BOOST_TEST(segment.wait().entity->options().cache_control.starts_with("private"));
}

BOOST_AUTO_TEST_CASE(a_camera_without_pictures_is_tried_again_later) {
    const auto answer = get("index.m3u8").wait();
    BOOST_TEST(answer.entity->options().status == 503);
    BOOST_TEST(header_of(answer, "Retry-After") == "1");
    BOOST_TEST(get("main.m3u8").status() == 503);
    BOOST_TEST(engine->demands() == 2);
}

BOOST_AUTO_TEST_CASE(viewers_of_a_camera_that_is_being_started_are_answered_when_its_pictures_come) {
    engine->set_coming(true);
    std::vector<FakeAnswer> indexes, playlists;
    for (int i = 0; i < 2'000; ++i) {
        indexes.push_back(get("index.m3u8"));
        playlists.push_back(get("main.m3u8"));
    }
    context.fake_clock.advance(seconds(14));
    context.timers.fire("hls-proxy.tick");
    BOOST_TEST(!indexes.front().came());
    BOOST_TEST(engine->demands() == 4'000);
    set({.count = 2});
    for (const auto& answer : indexes) BOOST_REQUIRE(answer.came() && answer.status() == 200);
    for (const auto& answer : playlists) BOOST_REQUIRE(answer.came() && answer.status() == 200);
    BOOST_TEST(playlists.back().text() == playlist());
    BOOST_TEST(context.figures.value("gatehouse_hls_viewers") == 0);  // counted by the next sweep
    context.timers.fire("hls-proxy.tick");
    BOOST_TEST(context.figures.value("gatehouse_hls_viewers") == 1);
}

BOOST_AUTO_TEST_CASE(an_index_waits_for_a_second_stream_that_is_about_to_come) {
    camera.sub = StreamSource{"rtsp://192.0.2.1/sub", "", false};
    context.cameras.set_cameras({camera});
    context.bus.publish(CatalogueChanged{2});
    engine->set_coming(true);
    const auto first = get("index.m3u8"), other = get("index.m3u8");
    set({});
    BOOST_TEST(!first.came());
    set({.run_id = 2, .first = 70}, StreamRole::kSub);
    BOOST_REQUIRE(first.came() && other.came());
    BOOST_TEST(first.text().find("\nmain.m3u8\n") != std::string::npos);
    BOOST_TEST(first.text().find("\nsub.m3u8\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_index_does_not_wait_long_for_a_second_stream_and_not_for_one_that_fails) {
    camera.sub = StreamSource{"rtsp://192.0.2.1/sub", "", false};
    context.cameras.set_cameras({camera});
    context.bus.publish(CatalogueChanged{2});
    engine->set_coming(true);
    const auto patient = get("index.m3u8");
    set({});
    const auto late = get("index.m3u8");
    BOOST_TEST((!patient.came() && !late.came()));
    context.fake_clock.advance(seconds(3));
    context.timers.fire("hls-proxy.tick");
    BOOST_REQUIRE(patient.came() && late.came());
    BOOST_TEST(patient.text().find("\nmain.m3u8\n") != std::string::npos);
    BOOST_TEST(patient.text().find("\nsub.m3u8\n") == std::string::npos);
    engine->set_coming(false);
    BOOST_TEST(get("index.m3u8").status() == 200);
}

// As the main stream of a camera whose tiles ask for the sub stream only.
BOOST_AUTO_TEST_CASE(a_stream_that_rests_stays_in_the_index_while_it_can_come_back) {
    camera.sub = StreamSource{"rtsp://192.0.2.1/sub", "", false};
    context.cameras.set_cameras({camera});
    context.bus.publish(CatalogueChanged{2});
    set({});
    set({.run_id = 2, .first = 70}, StreamRole::kSub);
    engine->set_window(camera.uuid, StreamRole::kMain, MediaWindow{});
    context.fake_clock.advance(seconds(60));
    set({.run_id = 2, .first = 71}, StreamRole::kSub);
    context.timers.fire("hls-proxy.tick");
    BOOST_TEST(get("main.m3u8").status() == 503);
    BOOST_TEST(get("index.m3u8").text().find("\nmain.m3u8\n") == std::string::npos);  // it fails
    engine->set_coming(true);
    const auto index = get("index.m3u8");
    BOOST_REQUIRE(index.came());
    BOOST_TEST(index.text().find("\nmain.m3u8\n") != std::string::npos);
    BOOST_TEST(index.text().find("\nsub.m3u8\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_a_camera_that_is_known_to_be_away) {
    engine->set_coming(true);
    CameraLive state;
    state.state = CameraLive::State::kOffline;
    const auto live = context.cameras.provide_live("fake", [&](const Camera&) { return state; });
    const auto sent_away = get("index.m3u8");
    BOOST_REQUIRE(sent_away.came());
    BOOST_TEST(sent_away.status() == 503);
    BOOST_TEST(engine->demands() > 0);
    state.state = CameraLive::State::kConnecting;
    BOOST_TEST(!get("index.m3u8").came());
    camera.sub = StreamSource{"rtsp://192.0.2.1/sub", "", false};
    context.cameras.set_cameras({camera});
    context.bus.publish(CatalogueChanged{2});
    state.state = CameraLive::State::kOffline;  // of the main stream
    state.sub_live = true;
    BOOST_TEST(!get("sub.m3u8").came());
    BOOST_TEST(!get("index.m3u8").came());
    BOOST_TEST(get("main.m3u8").came());
}

BOOST_AUTO_TEST_CASE(nobody_waits_longer_than_configured_or_for_what_will_not_come) {
    engine->set_coming(true);
    const auto patient = get("main.m3u8");
    context.fake_clock.advance(seconds(15));
    context.timers.fire("hls-proxy.tick");
    BOOST_REQUIRE(patient.came());
    BOOST_TEST(patient.status() == 503);
    BOOST_TEST(header_of(patient.wait(), "Retry-After") == "1");
    const auto disappointed = get("index.m3u8");
    BOOST_TEST(!disappointed.came());
    engine->set_coming(false);
    engine->set_window(camera.uuid, StreamRole::kMain, MediaWindow{});
    context.timers.run_posted();
    BOOST_REQUIRE(disappointed.came());
    BOOST_TEST(disappointed.status() == 503);
    BOOST_TEST(get("index.m3u8").came());
}

BOOST_AUTO_TEST_CASE(whoever_waits_is_sent_away_when_the_plugin_ends) {
    engine->set_coming(true);
    const auto waiting = get("index.m3u8");
    (*plugin)->quiesce();
    BOOST_REQUIRE(waiting.came());
    BOOST_TEST(waiting.status() == 503);
    BOOST_TEST(get("index.m3u8").came());
}

BOOST_AUTO_TEST_CASE(transport_stream_segments_are_found_by_their_own_name_only) {
    set({.count = 3, .container = MediaContainer::kMpegTs});
    const auto name = "main_" + std::to_string(sequence());
    BOOST_TEST(get(name + ".ts").status() == 200);
    BOOST_TEST(get(name + ".m4s").status() == 404);
}

BOOST_AUTO_TEST_CASE(a_blip_of_thirty_seconds_is_no_404_and_ends_with_a_discontinuity) {
    set({.count = 7});
    const auto before = playlist();
    const auto first = sequence(), discontinuity = discontinuities();
    for (int second = 0; second < 30; ++second) {
        context.fake_clock.advance(seconds(1));
        context.timers.fire("hls-proxy.tick");
        BOOST_REQUIRE(get("main.m3u8").status() == 200);
        BOOST_REQUIRE(playlist() == before);
        BOOST_REQUIRE(get("index.m3u8").status() == 200);
        BOOST_REQUIRE(get("main_" + std::to_string(first + 6) + ".m4s").status() == 200);
    }
    // Seven old segments and one of a new run, 28 s later.
    auto window = make_window({.count = 8, .changed_at = context.fake_clock.monotonic_now()});
    auto run = std::make_shared<MediaRun>(*window.runs[0]);
    run->id = 2;
    window.runs.push_back(run);
    window.segments.back().run_id = 2;
    window.segments.back().start = window.segments.back().start + seconds(28);
    engine->set_window(camera.uuid, StreamRole::kMain, window);
    context.timers.run_posted();
    BOOST_TEST(playlist().find("#EXT-X-DISCONTINUITY\n#EXT-X-MAP") != std::string::npos);
    BOOST_TEST(sequence() == first + 1);
    BOOST_TEST(discontinuities() == discontinuity);
    BOOST_TEST(get("main_" + std::to_string(first + 7) + ".m4s").text() == "segment 8");
}

BOOST_AUTO_TEST_CASE(after_a_long_outage_the_old_pictures_are_not_shown_any_more) {
    set({});
    context.fake_clock.advance(seconds(33));
    BOOST_TEST(get("main.m3u8").status() == 503);
    BOOST_TEST(get("index.m3u8").status() == 503);
    context.timers.fire("hls-proxy.tick");
    BOOST_TEST(context.figures.value("gatehouse_hls_streams") == 0);
}

BOOST_AUTO_TEST_CASE(a_restarted_gateway_goes_on_with_the_same_numbers) {
    set({.count = 7});
    const auto first = sequence(), discontinuity = discontinuities();
    const auto segment = get("main_" + std::to_string(first + 3) + ".m4s").text();
    restart();
    set({.first = 3, .count = 7});
    BOOST_TEST(sequence() == first + 2);
    BOOST_TEST(discontinuities() == discontinuity);
    BOOST_TEST(get("main_" + std::to_string(first + 3) + ".m4s").text() == segment);
}

BOOST_AUTO_TEST_CASE(another_engine_goes_on_above_with_a_discontinuity) {
    set({.count = 7});
    const auto first = sequence(), discontinuity = discontinuities();
    restart();
    set({.epoch = 2, .count = 7});
    BOOST_TEST(sequence() == first + 7);
    BOOST_TEST(discontinuities() == discontinuity + 1);
}

BOOST_AUTO_TEST_CASE(a_window_that_could_not_be_posted_is_taken_by_the_next_tick) {
    context.timers.set_full(true);
    set({});
    BOOST_TEST(get("main.m3u8").status() == 503);
    context.timers.set_full(false);
    context.timers.fire("hls-proxy.tick");
    BOOST_TEST(get("main.m3u8").status() == 200);
}

BOOST_AUTO_TEST_CASE(a_camera_that_is_disabled_or_removed_is_gone_at_once) {
    set({});
    camera.enabled = false;
    context.cameras.set_cameras({camera});
    BOOST_TEST(get("main.m3u8").status() == 404);
    context.bus.publish(CatalogueChanged{2});
    BOOST_TEST(context.figures.value("gatehouse_hls_streams") == 0);
    context.cameras.set_cameras({});
    context.bus.publish(CatalogueChanged{3});
    BOOST_TEST(get("main.m3u8").status() == 404);
}

BOOST_AUTO_TEST_CASE(viewers_are_counted_once_each_for_fifteen_seconds) {
    set({});
    const auto watch = [&](const std::string& client, const std::string& player) {
        context.router.call({.path = base + "index.m3u8", .headers = {{"user-agent", player}}, .client = client});
        context.router.call({.path = base + "main.m3u8", .headers = {{"user-agent", player}}, .client = client});
    };
    watch("192.0.2.1", "VLC");
    watch("192.0.2.1", "VLC");
    watch("192.0.2.2", "VLC");
    context.timers.fire("hls-proxy.tick");
    BOOST_TEST(context.figures.value("gatehouse_hls_viewers") == 2);
    const auto viewers = context.offers.get<hls_proxy::Viewers>();
    BOOST_TEST(viewers->active(camera.id) == 2u);
    BOOST_TEST((*plugin)->health().details == "{\"engine\":\"fake\",\"streams\":1,\"viewers\":2}");
    context.fake_clock.advance(seconds(16));
    context.timers.fire("hls-proxy.tick");
    BOOST_TEST(viewers->active() == 0u);
}

BOOST_AUTO_TEST_CASE(files_without_bytes_are_fetched_once_for_all) {
    set({.first = 40, .count = 3, .with_bodies = false});
    const auto name = "main_" + std::to_string(sequence() + 1) + ".m4s";
    std::vector<FakeAnswer> answers;
    for (int i = 0; i < 50; ++i) answers.push_back(get(name));
    auto fetches = engine->take_fetches();
    BOOST_REQUIRE(fetches.size() == 1u);
    BOOST_TEST(fetches[0].segment_number == 41u);
    fetches[0].done(http::Body::text("fetched"), nullptr);
    for (const auto& answer : answers) BOOST_TEST(answer.text() == "fetched");
}

BOOST_AUTO_TEST_CASE(nothing_is_registered_after_stop) {
    (*plugin)->stop();
    plugin.reset();
    BOOST_TEST(context.router.routes().empty());
    BOOST_TEST(!context.timers.fire("hls-proxy.tick"));
    BOOST_TEST(!context.offers.find<hls_proxy::Viewers>());
    BOOST_TEST(!context.cameras.stream_url("hls", camera).has_value());
    set({});  // a late change of the engine is nobody's business
}

BOOST_AUTO_TEST_SUITE_END()
