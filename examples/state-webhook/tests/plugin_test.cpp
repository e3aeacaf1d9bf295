// The plugin as the host loads it, in a host of fakes: the test answers its requests and moves its clock.
#include <boost/test/unit_test.hpp>

#include <gatehouse/testing/config_node.h>
#include <gatehouse/testing/fake_context.h>
#include <gatehouse/testing/loaded_plugin.h>

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace gatehouse;
using namespace gatehouse::testing;

namespace {

using Settings = std::vector<std::pair<std::string, ConfigNode>>;

struct Fixture {
    explicit Fixture(Settings more = {}) {
        Settings settings = {{"url", config_text("http://receiver.example:8080/hook?token=1")}};
        settings.insert(settings.end(), more.begin(), more.end());
        ConfigIssues issues;
        plugin->configure(config_map(settings), issues);
        BOOST_REQUIRE(issues.empty());
        context.cameras.set_cameras({make_camera(1), make_camera(2)});
        plugin->start(context);
    }
    ~Fixture() {
        if (!stopped) plugin->stop();
    }
    void change(std::int64_t camera, CameraLive::State state) { context.bus.publish(CameraLiveChanged{camera, state}); }
    FakeHttpClient::Call sent() {
        auto call = context.client.take();
        BOOST_REQUIRE(call.has_value());
        return std::move(*call);
    }
    void pass(std::chrono::seconds time) {
        context.fake_clock.advance(time);
        BOOST_REQUIRE(context.timers.fire("state-webhook.deliver"));
    }
    double figure(const char* name) { return context.figures.value(std::string("gatehouse_state_webhook_") + name); }

    FakeContext context;
    LoadedPlugin plugin{PLUGIN};
    bool stopped = false;
};

Poco::JSON::Object::Ptr parse(const std::string& text) {
    return Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
}

std::string state_in(const FakeHttpClient::Call& call) {
    return parse(call.request.body)->getValue<std::string>("state");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plugin)

BOOST_FIXTURE_TEST_CASE(a_change_of_state_is_posted_as_json, Fixture) {
    change(1, CameraLive::State::kLive);
    const auto call = sent();
    BOOST_TEST(call.request.host == "receiver.example");
    BOOST_TEST(call.request.port == 8080);
    BOOST_TEST(call.request.target == "/hook?token=1");
    BOOST_CHECK(call.request.method == http::Method::kPost);
    const auto body = parse(call.request.body);
    BOOST_TEST(body->getValue<std::string>("event") == "camera_state");
    BOOST_TEST(body->getValue<std::string>("state") == "live");
    BOOST_TEST(body->getValue<std::string>("at") == "2026-01-01T00:00:00.000Z");
    BOOST_TEST(body->getObject("camera")->getValue<std::string>("name") == "camera 1");
    FakeHttpClient::answer(call, 204, "");
    BOOST_TEST(figure("delivered_total") == 1);
    BOOST_CHECK(plugin->health().status == PluginHealth::Status::kOk);
}

BOOST_FIXTURE_TEST_CASE(a_camera_that_was_removed_is_not_told_of, Fixture) {
    change(7, CameraLive::State::kOffline);
    BOOST_TEST(context.client.waiting() == 0u);
}

BOOST_FIXTURE_TEST_CASE(events_go_one_by_one_in_order, Fixture) {
    change(1, CameraLive::State::kOffline);
    change(1, CameraLive::State::kLive);
    BOOST_TEST(context.client.waiting() == 1u);
    const auto first = sent();
    BOOST_TEST(state_in(first) == "offline");
    FakeHttpClient::answer(first, 200, "fine");
    const auto second = sent();
    BOOST_TEST(state_in(second) == "live");
    FakeHttpClient::answer(second, 200, "fine");
}

BOOST_FIXTURE_TEST_CASE(a_receiver_in_trouble_is_asked_again_later_and_says_so, Fixture) {
    change(1, CameraLive::State::kOffline);
    FakeHttpClient::answer(sent(), 503, "");
    BOOST_TEST(context.client.waiting() == 0u);
    pass(1s);
    FakeHttpClient::fail(sent(), ErrorCode::kUpstreamTimeout);
    pass(0s);
    BOOST_TEST(context.client.waiting() == 0u);
    pass(2s);
    FakeHttpClient::fail(sent(), ErrorCode::kBadUpstream);
    BOOST_CHECK(plugin->health().status == PluginHealth::Status::kDegraded);
    pass(4s);
    const auto call = sent();
    BOOST_TEST(state_in(call) == "offline");
    FakeHttpClient::answer(call, 200, "");
    BOOST_TEST(figure("failed_attempts_total") == 3);
    BOOST_TEST(figure("dropped_total") == 0);
    BOOST_CHECK(plugin->health().status == PluginHealth::Status::kOk);
}

BOOST_FIXTURE_TEST_CASE(what_the_receiver_refuses_is_not_sent_again, Fixture) {
    change(1, CameraLive::State::kOffline);
    FakeHttpClient::answer(sent(), 400, "no");
    pass(60s);
    BOOST_TEST(context.client.waiting() == 0u);
    BOOST_TEST(figure("dropped_total") == 1);
}

BOOST_AUTO_TEST_CASE(attempts_end) {
    Fixture fixture({{"attempts", config_text("2")}});
    fixture.change(1, CameraLive::State::kOffline);
    FakeHttpClient::fail(fixture.sent(), ErrorCode::kBadUpstream);
    fixture.pass(1s);
    FakeHttpClient::fail(fixture.sent(), ErrorCode::kBadUpstream);
    fixture.pass(60s);
    BOOST_TEST(fixture.context.client.waiting() == 0u);
    BOOST_TEST(fixture.figure("dropped_total") == 1);
}

BOOST_AUTO_TEST_CASE(a_full_queue_loses_its_oldest_but_never_the_one_under_way) {
    Fixture fixture({{"queue", config_text("2")}});
    fixture.change(1, CameraLive::State::kOffline);
    fixture.change(1, CameraLive::State::kConnecting);
    fixture.change(1, CameraLive::State::kLive);
    BOOST_TEST(fixture.figure("dropped_total") == 1);
    const auto first = fixture.sent();
    BOOST_TEST(state_in(first) == "offline");
    FakeHttpClient::answer(first, 200, "");
    BOOST_TEST(state_in(fixture.sent()) == "live");
}

BOOST_FIXTURE_TEST_CASE(stop_lets_go_of_what_is_under_way, Fixture) {
    change(1, CameraLive::State::kOffline);
    change(2, CameraLive::State::kOffline);
    plugin->stop();
    stopped = true;
    BOOST_TEST(context.client.waiting() == 0u);
    BOOST_TEST(figure("dropped_total") == 2);
}

BOOST_AUTO_TEST_SUITE_END()
