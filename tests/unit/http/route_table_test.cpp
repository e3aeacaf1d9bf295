#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <thread>

#include <gatehouse/error.h>

#include "http/route_set.h"
#include "http/route_table.h"
#include "metrics/metrics_registry.h"

using namespace gatehouse;
using namespace gatehouse::http;

namespace {

struct Fixture {
    metrics::MetricsRegistry metrics;
    RouteTable table{metrics};

    static Route get(std::string name, std::string pattern) {
        Route route;
        route.name = std::move(name);
        route.methods = {Method::kGet};
        route.pattern = std::move(pattern);
        route.cache = CachePolicy{};
        route.handler = [](Request&, Responder) {};
        return route;
    }
    static Route post(std::string name, std::string pattern) {
        Route route = get(std::move(name), std::move(pattern));
        route.methods = {Method::kPost};
        route.cache.reset();
        route.audit_action = "test.change";
        return route;
    }
    std::string refusal(Route route) {
        try {
            const Registration registration = table.route(std::move(route));
        } catch (const Error& error) {
            BOOST_TEST((error.error_code() == ErrorCode::kInvalidArgument));
            return error.message();
        }
        return "accepted";
    }
    // Name of the route that answers, with its parameters.
    std::string found(std::string_view path, Method method = Method::kGet) const {
        const auto set = table.snapshot();
        const RouteMatch match = set->match(path);
        const RouteEntry* entry = match.find(method);
        if (entry == nullptr) return match ? "no method" : "none";
        std::string text = entry->route().name;
        for (std::size_t i = 0; i < match.parameter_count; ++i) text += "|" + std::string(match.parameters[i]);
        return text;
    }
};

bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(route_table, Fixture)

BOOST_AUTO_TEST_CASE(literals_go_before_placeholders_and_those_before_the_rest) {
    Registrations routes;
    for (const auto& [name, pattern] :
         {std::pair{"root", "/"}, std::pair{"list", "/cameras"}, std::pair{"active", "/cameras/active"},
          std::pair{"one", "/cameras/{id}"}, std::pair{"still", "/cameras/{id}/stills/{n}"},
          std::pair{"rest", "/cameras/{rest*}"}, std::pair{"slash", "/files/"}})
        routes += table.route(get(name, pattern));
    BOOST_TEST(found("/") == "root");
    BOOST_TEST(found("/cameras") == "list");
    BOOST_TEST(found("/cameras/active") == "active");
    BOOST_TEST(found("/cameras/7") == "one|7");
    BOOST_TEST(found("/cameras/7/stills/3") == "still|7|3");
    BOOST_TEST(found("/cameras/7/other/3") == "rest|7/other/3");
    BOOST_TEST(found("/cameras/active/x") == "rest|active/x");
    BOOST_TEST(found("/cameras/") == "rest|");
    BOOST_TEST(found("/files/") == "slash");
    BOOST_TEST(found("/files") == "none");
    BOOST_TEST(found("/other") == "none");
    BOOST_TEST(found("//cameras") == "none");
}

BOOST_AUTO_TEST_CASE(methods_share_a_pattern_and_get_serves_head) {
    const auto one = table.route(get("read", "/x"));
    const auto two = table.route(post("change", "/x"));
    BOOST_TEST(found("/x", Method::kHead) == "read");
    BOOST_TEST(found("/x", Method::kPost) == "change");
    BOOST_TEST(found("/x", Method::kPut) == "no method");
    BOOST_TEST(found("/x", Method::kOther) == "no method");
    BOOST_TEST(table.snapshot()->match("/x").allow() == "GET, HEAD, POST, OPTIONS");
}

BOOST_AUTO_TEST_CASE(a_route_that_lacks_a_declaration_is_refused_and_told_which) {
    Route route = get("a", "/a");
    route.cache.reset();
    BOOST_TEST(says(refusal(route), "cache is missing"));
    route = post("a", "/a");
    route.audit_action.clear();
    BOOST_TEST(says(refusal(route), "audit_action is missing"));
    route = get("a", "/a");
    route.handler = nullptr;
    BOOST_TEST(says(refusal(route), "handler is missing"));
    route = get("a", "/a");
    route.methods.clear();
    BOOST_TEST(says(refusal(route), "methods are missing"));
    route = get("Bad Name", "/a");
    BOOST_TEST(says(refusal(route), "name must match"));
    route = get("a", "/a");
    route.access = Access::kAdmin;
    route.cache->ttl = kPublicTtl;
    BOOST_TEST(says(refusal(route), "public routes"));
    route = post("a", "/a");
    route.any_origin = true;
    BOOST_TEST(says(refusal(route), "any_origin"));
}

BOOST_AUTO_TEST_CASE(malformed_patterns_are_refused) {
    for (const char* pattern :
         {"", "a", "/a/{", "/{}", "/{a", "/a{b}", "/{rest*}/x", "/{A}", "/a b", "/a?b", "/../b", "/%41"})
        BOOST_TEST(says(refusal(get("a", pattern)), "pattern"), pattern);
}

BOOST_AUTO_TEST_CASE(a_clash_is_refused_and_leaves_the_first_in_place) {
    const auto first = table.route(get("first", "/x/{a}"));
    BOOST_TEST(says(refusal(get("second", "/x/{b}")), "clashes with route 'first'"));
    BOOST_TEST(found("/x/1") == "first|1");
}

BOOST_AUTO_TEST_CASE(an_owner_is_held_to_its_prefixes) {
    const auto router = table.for_owner("hls-proxy", {"/hls"});
    const auto inside = router->route(get("a", "/hls/{key}"));
    BOOST_CHECK_THROW((void)router->route(get("b", "/hlsx")), Error);
    BOOST_CHECK_THROW((void)router->route(get("c", "/api/x")), Error);
    const auto listed = table.list();
    BOOST_REQUIRE(listed.size() == 1u);
    BOOST_TEST(listed[0].owner == "hls-proxy");
    BOOST_TEST(listed[0].methods == "GET");
}

BOOST_AUTO_TEST_CASE(a_placeholder_answers_below_its_prefix_the_longest_first) {
    const auto outer = table.placeholder("/hls", 503, "down", 5);
    {
        const auto inner = table.placeholder("/hls/x", 404, "not enabled", 0);
        BOOST_TEST(table.snapshot()->placeholder("/hls/x/y")->status == 404);
    }
    BOOST_TEST(table.snapshot()->placeholder("/hls/x/y")->status == 503);
    BOOST_TEST(table.snapshot()->placeholder("/hlsx") == nullptr);
    BOOST_TEST(table.snapshot()->placeholder("/") == nullptr);
}

BOOST_AUTO_TEST_CASE(withdrawing_changes_the_version_and_refuses_further_calls) {
    auto registration = table.route(get("a", "/a"));
    const auto before = table.version();
    const auto set = table.snapshot();
    const auto entry = set->match("/a").share(Method::kGet);
    registration.close();
    BOOST_TEST(table.version() != before);
    BOOST_TEST(found("/a") == "none");
    BOOST_TEST(!RouteEntry::Call(*entry));
}

BOOST_AUTO_TEST_CASE(withdrawing_waits_for_the_call_that_is_running) {
    auto registration = table.route(get("a", "/a"));
    const auto entry = table.snapshot()->match("/a").share(Method::kGet);
    std::promise<void> entered, leave;
    std::atomic<bool> left{false};
    std::thread caller([&] {
        const RouteEntry::Call call(*entry);
        entered.set_value();
        leave.get_future().wait();
        left = true;
    });
    entered.get_future().wait();
    auto withdrawn = std::async(std::launch::async, [&] {
        registration.close();
        return left.load();
    });
    BOOST_TEST((withdrawn.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout));
    leave.set_value();
    BOOST_TEST(withdrawn.get());
    caller.join();
}

BOOST_AUTO_TEST_CASE(withdrawing_from_inside_the_call_does_not_wait_and_drops_the_handler_after_it) {
    const auto token = std::make_shared<int>(1);
    Route route = get("a", "/a");
    route.handler = [token](Request&, Responder) {};
    auto registration = table.route(std::move(route));
    const auto entry = table.snapshot()->match("/a").share(Method::kGet);
    {
        const RouteEntry::Call call(*entry);
        registration.close();
        BOOST_TEST(token.use_count() == 2);
    }
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
