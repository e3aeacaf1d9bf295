#define BOOST_TEST_MODULE metrics
#include "metrics/metrics_registry.h"

#include <gatehouse/error.h>

#include <boost/test/unit_test.hpp>
#include <thread>
#include <vector>

using gatehouse::Error;
using gatehouse::ErrorCode;
using gatehouse::metrics::MetricsRegistry;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

template <class Fn>
ErrorCode code_of(Fn fn) {
    try {
        fn();
    } catch (const Error& e) {
        return e.error_code();
    }
    BOOST_FAIL("nothing was thrown");
    return ErrorCode::kInternal;
}

}  // namespace

BOOST_AUTO_TEST_CASE(counter_gauge_and_histogram_appear_with_help_type_and_labels) {
    MetricsRegistry metrics;
    metrics.counter("gatehouse_things_total", "Things seen", {{"kind", "a\"b"}}).add(3);
    metrics.gauge("gatehouse_level", "Level", {}).set(2.5);
    metrics.histogram("gatehouse_wait_seconds", "Wait", {0.1, 1}, {}).observe(0.5);
    const auto text = metrics.render();
    BOOST_TEST(has(text, "# HELP gatehouse_things_total Things seen\n# TYPE gatehouse_things_total counter\n"));
    BOOST_TEST(has(text, "gatehouse_things_total{kind=\"a\\\"b\"} 3\n"));
    BOOST_TEST(has(text, "gatehouse_level 2.5\n"));
    BOOST_TEST(has(text, "gatehouse_wait_seconds_bucket{le=\"0.1\"} 0\n"));
    BOOST_TEST(has(text, "gatehouse_wait_seconds_bucket{le=\"1\"} 1\n"));
    BOOST_TEST(has(text, "gatehouse_wait_seconds_count 1\n"));
}

BOOST_AUTO_TEST_CASE(the_same_name_and_labels_give_the_same_series) {
    MetricsRegistry metrics;
    auto& first = metrics.counter("gatehouse_x_total", "X", {{"a", "1"}});
    auto& again = metrics.counter("gatehouse_x_total", "X", {{"a", "1"}});
    auto& other = metrics.counter("gatehouse_x_total", "X", {{"a", "2"}});
    BOOST_TEST(&first == &again);
    BOOST_TEST(&first != &other);
    first.add();
    BOOST_TEST(again.value() == 1.0);
    BOOST_TEST(other.value() == 0.0);
}

BOOST_AUTO_TEST_CASE(names_without_the_prefix_or_with_other_characters_are_refused) {
    MetricsRegistry metrics;
    for (const char* name : {"", "things_total", "gatehouse_", "gatehouse_Big", "gatehouse_a-b", "gatehouse_a\nb"})
        BOOST_TEST((code_of([&] { metrics.counter(name, "h", {}); }) == ErrorCode::kInvalidArgument), name);
    BOOST_TEST((code_of([&] { metrics.gauge("gatehouse_x", "h", {{"le", "1"}}); }) == ErrorCode::kInvalidArgument));
    BOOST_TEST((code_of([&] { metrics.gauge("gatehouse_x", "h", {{"", "1"}}); }) == ErrorCode::kInvalidArgument));
    BOOST_TEST((code_of([&] { metrics.histogram("gatehouse_h", "h", {1, 1}, {}); }) == ErrorCode::kInvalidArgument));
}

BOOST_AUTO_TEST_CASE(a_name_cannot_change_its_kind) {
    MetricsRegistry metrics;
    metrics.counter("gatehouse_x_total", "X", {});
    BOOST_TEST((code_of([&] { metrics.gauge("gatehouse_x_total", "X", {}); }) == ErrorCode::kConflict));
    BOOST_TEST((code_of([&] { (void)metrics.observe("gatehouse_x_total", "X", {}, [] { return 1.0; }); }) ==
                ErrorCode::kConflict));
}

BOOST_AUTO_TEST_CASE(an_observed_gauge_is_read_at_render_and_gone_after_withdrawal) {
    MetricsRegistry metrics;
    double level = 1;
    auto one = metrics.observe("gatehouse_depth", "Depth", {{"q", "one"}}, [&] { return level; });
    auto two = metrics.observe("gatehouse_depth", "Depth", {{"q", "two"}}, [] { return 7.0; });
    BOOST_TEST((code_of([&] {
                    (void)metrics.observe("gatehouse_depth", "", {{"q", "two"}}, [] { return 0.0; });
                }) == ErrorCode::kConflict));
    level = 5;
    BOOST_TEST(has(metrics.render(), "gatehouse_depth{q=\"one\"} 5\n"));
    one.close();
    const auto text = metrics.render();
    BOOST_TEST(!has(text, "q=\"one\""));
    BOOST_TEST(has(text, "gatehouse_depth{q=\"two\"} 7\n"));
    auto again = metrics.observe("gatehouse_depth", "Depth", {{"q", "one"}}, [] { return 9.0; });
    BOOST_TEST(has(metrics.render(), "gatehouse_depth{q=\"one\"} 9\n"));
}

BOOST_AUTO_TEST_CASE(an_observed_name_ending_in_total_is_shown_as_a_counter) {
    MetricsRegistry metrics;
    auto seen = metrics.observe("gatehouse_seen_total", "Seen", {}, [] { return 4.0; });
    BOOST_TEST(has(metrics.render(), "# TYPE gatehouse_seen_total counter\ngatehouse_seen_total 4\n"));
}

BOOST_AUTO_TEST_CASE(many_threads_may_count_on_one_series) {
    MetricsRegistry metrics;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            auto& counter = metrics.counter("gatehouse_x_total", "X", {});
            for (int i = 0; i < 1000; ++i) counter.add();
        });
    }
    for (auto& thread : threads) thread.join();
    BOOST_TEST(metrics.counter("gatehouse_x_total", "X", {}).value() == 4000.0);
}
