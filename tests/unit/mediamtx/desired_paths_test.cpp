#include <gatehouse/testing/fake_catalogue.h>
#include <boost/test/unit_test.hpp>

#include "desired_paths.h"
#include "path_name.h"
#include "source_url.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;
using gatehouse::testing::make_camera;
using gatehouse::testing::make_snapshot;

namespace {

std::optional<Credentials> none(const Camera&, StreamRole) { return Credentials{}; }
std::string name_of(const Camera& camera, StreamRole role = StreamRole::kMain) {
    return path_name("gh-", camera.uuid, role);
}

std::string url(const std::string& address, const Credentials& credentials, std::string& problem) {
    return source_url(address, credentials, problem).value_or("");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wanted_paths)

BOOST_AUTO_TEST_CASE(main_and_sub_of_enabled_cameras_are_wanted_with_their_credentials) {
    Camera a = make_camera(1), b = make_camera(2);
    a.sub = StreamSource{"rtsp://192.0.2.1/sub", "", false};
    a.transport = Transport::kUdp;
    b.enabled = false;
    const auto wanted = desired_paths(make_snapshot({a, b}), "gh-", {}, {}, [](const Camera&, StreamRole) {
        return std::optional(Credentials{"viewer", "p@:/?#ä"});
    });
    BOOST_REQUIRE(wanted.paths.size() == 2u);
    const auto& main = wanted.paths.at(name_of(a));
    BOOST_TEST(main.config.source == "rtsp://viewer:p%40%3A%2F%3F%23%C3%A4@192.0.2.1/main");
    BOOST_TEST(main.config.transport == "udp");
    BOOST_TEST(!main.config.on_demand);
    BOOST_TEST(wanted.paths.contains(name_of(a, StreamRole::kSub)));
}

BOOST_AUTO_TEST_CASE(lists_say_who_is_pulled_always) {
    const Camera a = make_camera(1), b = make_camera(2);
    const auto lazy = desired_paths(make_snapshot({a, b}), "gh-", PullRules{false, {2}, {}, false, {}}, {}, none);
    BOOST_TEST(lazy.paths.at(name_of(a)).config.on_demand);
    BOOST_TEST(!lazy.paths.at(name_of(b)).config.on_demand);
    const auto eager = desired_paths(make_snapshot({a, b}), "gh-", PullRules{true, {}, {2}, false, {}}, {}, none);
    BOOST_TEST(!eager.paths.at(name_of(a)).config.on_demand);
    BOOST_TEST(eager.paths.at(name_of(b)).config.on_demand);
}

BOOST_AUTO_TEST_CASE(pictures_are_kept_ready_of_cameras_that_are_pulled_always_only) {
    const Camera a = make_camera(1), b = make_camera(2), c = make_camera(3);
    PullRules rules;
    rules.on_demand_cameras = {2};
    rules.ready_cameras = {1, 2};
    const auto some = desired_paths(make_snapshot({a, b, c}), "gh-", rules, {}, none);
    BOOST_TEST(some.paths.at(name_of(a)).keep_ready);
    BOOST_TEST(!some.paths.at(name_of(b)).keep_ready);
    BOOST_TEST(!some.paths.at(name_of(c)).keep_ready);
    rules.all_ready = true;
    BOOST_TEST(desired_paths(make_snapshot({c}), "gh-", rules, {}, none).paths.at(name_of(c)).keep_ready);
}

BOOST_AUTO_TEST_CASE(a_camera_that_was_given_up_is_on_demand_but_still_wanted_always) {
    const Camera a = make_camera(1);
    const auto wanted = desired_paths(make_snapshot({a}), "gh-", {}, {name_of(a)}, none);
    BOOST_TEST(wanted.paths.at(name_of(a)).config.on_demand);
    BOOST_TEST(wanted.paths.at(name_of(a)).pull_always);
}

BOOST_AUTO_TEST_CASE(what_mediamtx_would_refuse_is_left_out_with_a_reason_and_the_others_stay) {
    Camera a = make_camera(1), b = make_camera(2), c = make_camera(3);
    const auto wanted = desired_paths(make_snapshot({a, b, c}), "gh-", {}, {},
                                      [](const Camera& camera, StreamRole) -> std::optional<Credentials> {
                                          if (camera.id == 1) return std::nullopt;
                                          return camera.id == 2 ? Credentials{"user", ""} : Credentials{};
                                      });
    BOOST_TEST(wanted.paths.size() == 1u);
    BOOST_TEST(wanted.refused.at(name_of(a)).find("credentials") != std::string::npos);
    BOOST_TEST(wanted.refused.at(name_of(b)).find("set both") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(addresses_that_would_break_the_file_or_mediamtx_are_refused_without_being_shown) {
    std::string problem;
    BOOST_TEST(url("rtsp://192.0.2.1:554/a?b=c%20d", {}, problem) == "rtsp://192.0.2.1:554/a?b=c%20d");
    BOOST_TEST(url("rtsps://[2001:db8::1]/a", {"u", "p"}, problem) == "rtsps://u:p@[2001:db8::1]/a");
    for (const char* bad : {"",
                            "http://h/x",
                            "rtsp://",
                            "rtsp://u:p@h/x",
                            "rtsp://h/a b",
                            "rtsp://h/\n",
                            "rtsp://h/%zz",
                            "rtsp://h/\"",
                            "rtsp://h/\\",
                            "rtsp://h/\xC3\xA4",
                            "rtsp://h/#x",
                            "rtsp://h/%2",
                            "rtsp://[1:2:3]/x",
                            "rtsp://[1::2::3]/x",
                            "rtsp://[::1/x",
                            "rtsp://a[::1]/x",
                            "rtsp://1:2:3/x",
                            "rtsp://h%41/x",
                            "rtsp://h:/x",
                            "rtsp://h:x/",
                            "rtsp://h:123456/"}) {
        problem.clear();
        BOOST_TEST(url(bad, {"u", "geheim"}, problem).empty(), bad);
        BOOST_TEST(!problem.empty());
        BOOST_TEST(problem.find("geheim") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(only_names_of_our_own_making_are_ours) {
    const Camera a = make_camera(1);
    BOOST_TEST(is_ours("gh-", name_of(a)));
    BOOST_TEST(is_ours("gh-", name_of(a, StreamRole::kSub)));
    for (const char* name : {"gh-", "gh-cam", "gh-main", "cam1", "gh-0123456789abcdef0123456789abcdef",
                             "gh-0123456789abcdef0123456789abcdef-other", "gh-0123456789abcdef0123456789abcdeX-main",
                             "xgh-0123456789abcdef0123456789abcdef-main", "all_others"})
        BOOST_TEST(!is_ours("gh-", name), name);
    BOOST_TEST(is_usable_prefix("gh-"));
    for (const char* prefix : {"", "g", "GH-", "1gh", "a/b", "~gh", "a b"})
        BOOST_TEST(!is_usable_prefix(prefix), prefix);
}

BOOST_AUTO_TEST_SUITE_END()
