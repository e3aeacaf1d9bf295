#define BOOST_TEST_MODULE events
#include "events/event_bus.h"

#include <gatehouse/error.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "../exec/wait_until.h"
#include "metrics/metrics_registry.h"

using namespace std::chrono_literals;
using gatehouse::Events;
using gatehouse::Overflow;
using gatehouse::Registration;

namespace {

struct Opened {
    int number = 0;
};
struct Closed {
    int number = 0;
};

struct Fixture {
    gatehouse::metrics::MetricsRegistry metrics;
    gatehouse::exec::WorkerPool pool{{.threads = 4, .queue_per_owner = 16}};
    gatehouse::events::EventBus bus{pool, metrics, Poco::Logger::get("test")};
    Events& events = bus;

    std::mutex mutex;
    std::vector<int> seen;

    void note(int number) {
        const std::lock_guard lock(mutex);
        seen.push_back(number);
    }
    std::size_t seen_count() {
        const std::lock_guard lock(mutex);
        return seen.size();
    }
    double count(const std::string& what, const std::string& name) {
        return metrics.counter("gatehouse_events_" + what + "_total", "", {{"subscription", name}}).value();
    }
};

// Holds the handler of a subscription at its first event.
struct Hold {
    std::promise<void> started, release;
    std::shared_future<void> released = release.get_future().share();
    std::atomic<bool> first{true};
    void pass() {
        if (!first.exchange(false)) return;
        started.set_value();
        released.wait();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(event_bus, Fixture)

BOOST_AUTO_TEST_CASE(events_come_in_order_one_at_a_time_and_only_of_the_subscribed_type) {
    std::atomic<int> inside{0}, most{0};
    auto subscription = events.subscribe<Opened>("test.order", 2000, Overflow::kDropNewest, [&](const Opened& e) {
        most = std::max(most.load(), ++inside);
        note(e.number);
        --inside;
    });
    for (int i = 0; i < 1000; ++i) {
        events.publish(Opened{i});
        events.publish(Closed{-1});
    }
    BOOST_TEST(wait_until([&] { return seen_count() == 1000; }));
    for (int i = 0; i < 1000; ++i) BOOST_TEST_REQUIRE(seen[static_cast<std::size_t>(i)] == i);
    BOOST_TEST(most == 1);
    BOOST_TEST(wait_until([&] { return count("delivered", "test.order") == 1000; }));
    BOOST_TEST(count("dropped", "test.order") == 0);
}

BOOST_AUTO_TEST_CASE(a_full_queue_drops_the_oldest_where_that_was_declared) {
    Hold hold;
    auto subscription = events.subscribe<Opened>("test.oldest", 2, Overflow::kDropOldest, [&](const Opened& e) {
        hold.pass();
        note(e.number);
    });
    events.publish(Opened{0});
    hold.started.get_future().wait();
    for (int i = 1; i <= 5; ++i) events.publish(Opened{i});
    BOOST_TEST(count("dropped", "test.oldest") == 3);
    hold.release.set_value();
    BOOST_TEST(wait_until([&] { return seen_count() == 3; }));
    BOOST_TEST(seen == (std::vector<int>{0, 4, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_full_queue_drops_the_newest_where_that_was_declared) {
    Hold hold;
    auto subscription = events.subscribe<Opened>("test.newest", 2, Overflow::kDropNewest, [&](const Opened& e) {
        hold.pass();
        note(e.number);
    });
    events.publish(Opened{0});
    hold.started.get_future().wait();
    for (int i = 1; i <= 5; ++i) events.publish(Opened{i});
    BOOST_TEST(count("dropped", "test.newest") == 3);
    hold.release.set_value();
    BOOST_TEST(wait_until([&] { return seen_count() == 3; }));
    BOOST_TEST(seen == (std::vector<int>{0, 1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_slow_subscriber_does_not_hold_up_another_or_the_publisher) {
    Hold hold;
    auto slow = events.subscribe<Opened>("test.slow", 1, Overflow::kDropNewest, [&](const Opened&) { hold.pass(); });
    auto quick =
        events.subscribe<Opened>("test.quick", 100, Overflow::kDropNewest, [&](const Opened& e) { note(e.number); });
    for (int i = 0; i < 50; ++i) events.publish(Opened{i});
    BOOST_TEST(wait_until([&] { return seen_count() == 50; }));
    hold.release.set_value();
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_is_counted_and_gets_the_next_event) {
    auto subscription = events.subscribe<Opened>("test.bad", 10, Overflow::kDropNewest, [&](const Opened& e) {
        if (e.number == 0) throw std::runtime_error("on purpose");
        note(e.number);
    });
    events.publish(Opened{0});
    events.publish(Opened{1});
    BOOST_TEST(wait_until([&] { return seen_count() == 1; }));
    BOOST_TEST(count("failed", "test.bad") == 1);
}

BOOST_AUTO_TEST_CASE(closing_waits_for_the_handler_and_drops_what_is_queued) {
    Hold hold;
    auto held = std::make_shared<int>(1);
    auto subscription = events.subscribe<Opened>("test.close", 10, Overflow::kDropNewest, [&, held](const Opened& e) {
        hold.pass();
        note(e.number);
    });
    events.publish(Opened{0});
    events.publish(Opened{1});
    hold.started.get_future().wait();
    auto closing = std::async(std::launch::async, [&] { subscription.close(); });
    BOOST_TEST((closing.wait_for(30ms) == std::future_status::timeout));
    hold.release.set_value();
    closing.get();
    BOOST_TEST(seen_count() == 1u);
    BOOST_TEST(wait_until([&] { return held.use_count() == 1; }));
    events.publish(Opened{2});
    BOOST_TEST(seen_count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_handler_may_close_its_own_subscription) {
    Registration subscription;
    std::promise<void> assigned;
    const auto ready = assigned.get_future().share();
    subscription = events.subscribe<Opened>("test.self", 10, Overflow::kDropNewest, [&, ready](const Opened& e) {
        ready.wait();
        note(e.number);
        subscription.close();
    });
    events.publish(Opened{0});
    events.publish(Opened{1});
    assigned.set_value();
    BOOST_TEST(wait_until([&] { return seen_count() == 1; }));
    BOOST_TEST(wait_until([&] { return pool.stats().busy == 0 && pool.stats().queued == 0; }));
    BOOST_TEST(seen_count() == 1u);
}

BOOST_AUTO_TEST_CASE(many_publishers_lose_nothing_while_there_is_room) {
    auto subscription =
        events.subscribe<Opened>("test.many", 65'536, Overflow::kDropNewest, [&](const Opened& e) { note(e.number); });
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 2000; ++i) events.publish(Opened{t * 2000 + i});
        });
    }
    for (auto& thread : threads) thread.join();
    BOOST_TEST(wait_until([&] { return seen_count() == 8000; }));
    // Each publisher's own events keep their order.
    std::vector<int> last(4, -1);
    for (const int number : seen) {
        auto& mine = last[static_cast<std::size_t>(number / 2000)];
        BOOST_TEST_REQUIRE(mine < number);
        mine = number;
    }
}

BOOST_AUTO_TEST_CASE(impossible_queue_sizes_are_refused) {
    const auto nothing = [](const Opened&) {};
    BOOST_CHECK_THROW((void)events.subscribe<Opened>("t", 0, Overflow::kDropNewest, nothing), gatehouse::Error);
    BOOST_CHECK_THROW((void)events.subscribe<Opened>("t", 65'537, Overflow::kDropNewest, nothing), gatehouse::Error);
}

BOOST_AUTO_TEST_SUITE_END()
