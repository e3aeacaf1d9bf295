#define BOOST_TEST_MODULE plugin
#include <boost/test/unit_test.hpp>

#include "plugin/backoff.h"
#include "plugin/dependency_graph.h"

using namespace gatehouse::plugin;
using Names = std::vector<std::string>;

namespace {

GraphNode node(std::string name, Names provides = {}, Names required = {}, Names optional = {}, std::string out = "") {
    return {std::move(name), std::move(provides), std::move(required), std::move(optional), std::move(out)};
}

void check(const Names& got, const Names& expected) { BOOST_TEST(got == expected, boost::test_tools::per_element()); }

}  // namespace

BOOST_AUTO_TEST_SUITE(dependency_graph)

BOOST_AUTO_TEST_CASE(providers_start_before_their_users_and_the_rest_keeps_its_order) {
    const auto graph = order_plugins({node("z"), node("user", {}, {"s/1"}), node("provider", {"s/1"}), node("a")});
    check(graph.order, {"z", "provider", "user", "a"});
    BOOST_TEST(graph.blocked.empty());
    check(graph.providers.at("user"), {"provider"});
}

BOOST_AUTO_TEST_CASE(a_missing_service_is_named_with_the_chain_that_leads_to_it) {
    const auto graph = order_plugins({node("a", {}, {"b/1"}), node("b", {"b/1"}, {"c/1"}), node("alone")});
    check(graph.order, {"alone"});
    BOOST_TEST(graph.blocked.at("b") == "b requires c/1, which no loaded plugin provides");
    BOOST_TEST(graph.blocked.at("a") == "a requires b/1 from b requires c/1, which no loaded plugin provides");
}

BOOST_AUTO_TEST_CASE(a_provider_that_cannot_run_blocks_its_users_with_its_reason) {
    const auto graph = order_plugins({node("user", {}, {"s/1"}), node("provider", {"s/1"}, {}, {}, "it hangs")});
    BOOST_TEST(graph.order.empty());
    BOOST_TEST(graph.blocked.size() == 1u);
    BOOST_TEST(graph.blocked.at("user") == "user requires s/1 from provider, which is not running: it hangs");
}

BOOST_AUTO_TEST_CASE(a_cycle_is_named_as_a_chain_and_blocks_only_those_in_it) {
    const auto graph = order_plugins(
        {node("a", {"a/1"}, {"b/1"}), node("b", {"b/1"}, {"c/1"}), node("c", {"c/1"}, {"a/1"}), node("free", {"f/1"})});
    check(graph.order, {"free"});
    BOOST_TEST(graph.blocked.size() == 3u);
    for (const auto& [name, reason] : graph.blocked)
        BOOST_TEST(reason.find("a cycle: a -> b -> c -> a") != std::string::npos, reason);
}

BOOST_AUTO_TEST_CASE(a_plugin_that_requires_its_own_service_is_a_cycle) {
    const auto graph = order_plugins({node("a", {"a/1"}, {"a/1"})});
    BOOST_TEST(graph.blocked.at("a") == "a requires a/1 from a cycle: a -> a");
}

BOOST_AUTO_TEST_CASE(an_optional_service_orders_but_never_blocks) {
    const auto graph = order_plugins(
        {node("user", {}, {}, {"s/1", "nowhere/1"}), node("provider", {"s/1"}), node("late", {"l/1"}, {"user/1"})});
    check(graph.order, {"provider", "user"});
    BOOST_TEST(graph.blocked.contains("late"));
}

BOOST_AUTO_TEST_CASE(an_optional_service_that_would_close_a_cycle_is_not_followed) {
    const auto graph = order_plugins({node("a", {"a/1"}, {}, {"b/1"}), node("b", {"b/1"}, {"a/1"})});
    check(graph.order, {"a", "b"});
    BOOST_TEST(graph.blocked.empty());
    const auto both = order_plugins({node("a", {"a/1"}, {}, {"b/1"}), node("b", {"b/1"}, {}, {"a/1"})});
    BOOST_TEST(both.order.size() == 2u);
    BOOST_TEST(both.blocked.empty());
}

BOOST_AUTO_TEST_CASE(a_service_with_two_providers_blocks_the_second) {
    const auto graph = order_plugins({node("one", {"s/1"}), node("two", {"s/1"}), node("user", {}, {"s/1"})});
    check(graph.order, {"one", "user"});
    BOOST_TEST(graph.blocked.at("two") == "two provides s/1, which one provides already");
}

BOOST_AUTO_TEST_CASE(back_off_doubles_up_to_its_longest) {
    using namespace std::chrono_literals;
    constexpr Backoff backoff{1s, 60s};
    static_assert(backoff.delay(1) == 1s && backoff.delay(2) == 2s && backoff.delay(7) == 60s);
    BOOST_TEST((backoff.delay(1'000'000) == 60s));
}

BOOST_AUTO_TEST_SUITE_END()
