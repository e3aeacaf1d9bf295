#include "exec/timer_scheduler.h"

#include <gatehouse/error.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>
#include <stdexcept>

#include "metrics/metrics_registry.h"
#include "wait_until.h"

using namespace std::chrono_literals;
using gatehouse::Error;
using gatehouse::Registration;
using gatehouse::exec::TimerScheduler;
using gatehouse::exec::WorkerPool;

namespace {

struct Fixture {
    gatehouse::metrics::MetricsRegistry metrics;
    WorkerPool pool{{.threads = 2, .queue_per_owner = 4}};
    TimerScheduler scheduler{pool, metrics, Poco::Logger::get("test")};

    double count(const std::string& name, const std::string& timer, const std::string& owner = "core") {
        return metrics.counter(name, "", {{"owner", owner}, {"timer", timer}}).value();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(timer_scheduler, Fixture)

BOOST_AUTO_TEST_CASE(a_repeated_timer_turns_again_and_again_on_the_worker_lane) {
    std::atomic<int> turns{0};
    std::promise<std::string> thread;
    auto timer = scheduler.every("test.tick", 10ms, [&] {
        if (turns++ > 0) return;
        char name[16] = {};
        pthread_getname_np(pthread_self(), name, sizeof name);
        thread.set_value(name);
    });
    BOOST_TEST(wait_until([&] { return turns >= 5; }));
    BOOST_TEST(thread.get_future().get().starts_with("work-"));
    timer.close();
    const int at_close = turns;
    // Another timer's turns show that time went on; the closed one stays silent.
    std::atomic<int> other{0};
    auto witness = scheduler.every("test.witness", 10ms, [&] { ++other; });
    BOOST_TEST(wait_until([&] { return other >= 5; }));
    BOOST_TEST(turns == at_close);
}

BOOST_AUTO_TEST_CASE(a_turn_that_still_runs_is_skipped_and_counted) {
    std::promise<void> release;
    const auto released = release.get_future().share();
    std::atomic<int> running{0}, most{0};
    auto timer = scheduler.every("test.slow", 10ms, [&, released] {
        most = std::max(most.load(), ++running);
        released.wait();
        --running;
    });
    BOOST_TEST(wait_until([&] { return count("gatehouse_scheduler_skipped_total", "test.slow") >= 3; }));
    release.set_value();
    timer.close();
    BOOST_TEST(most == 1);
}

BOOST_AUTO_TEST_CASE(a_delayed_turn_comes_once) {
    std::atomic<int> turns{0};
    const auto begin = std::chrono::steady_clock::now();
    auto timer = scheduler.after("test.once", 20ms, [&] { ++turns; });
    BOOST_TEST(wait_until([&] { return turns == 1; }));
    BOOST_TEST((std::chrono::steady_clock::now() - begin >= 20ms));
    std::atomic<int> other{0};
    auto witness = scheduler.every("test.witness", 10ms, [&] { ++other; });
    BOOST_TEST(wait_until([&] { return other >= 3; }));
    BOOST_TEST(turns == 1);
}

BOOST_AUTO_TEST_CASE(an_exception_ends_one_turn_only) {
    std::atomic<int> turns{0};
    auto timer = scheduler.every("test.bad", 10ms, [&] {
        ++turns;
        throw std::runtime_error("on purpose");
    });
    BOOST_TEST(wait_until([&] { return turns >= 3; }));
    BOOST_TEST(count("gatehouse_scheduler_failed_total", "test.bad") >= 2);
}

BOOST_AUTO_TEST_CASE(closing_waits_for_the_turn_that_runs) {
    std::promise<void> started, release;
    const auto released = release.get_future().share();
    std::atomic<bool> left{false};
    auto timer = scheduler.after("test.busy", 0ms, [&, released] {
        started.set_value();
        released.wait();
        left = true;
    });
    started.get_future().wait();
    auto closing = std::async(std::launch::async, [&] {
        timer.close();
        return left.load();
    });
    BOOST_TEST((closing.wait_for(30ms) == std::future_status::timeout));
    release.set_value();
    BOOST_TEST(closing.get());
}

BOOST_AUTO_TEST_CASE(a_turn_may_close_its_own_timer) {
    Registration timer;
    std::atomic<int> turns{0};
    std::promise<void> assigned;
    const auto ready = assigned.get_future().share();
    timer = scheduler.every("test.self", 10ms, [&, ready] {
        ready.wait();
        ++turns;
        timer.close();
    });
    assigned.set_value();
    BOOST_TEST(wait_until([&] { return turns == 1; }));
    std::atomic<int> other{0};
    auto witness = scheduler.every("test.witness", 10ms, [&] { ++other; });
    BOOST_TEST(wait_until([&] { return other >= 3; }));
    BOOST_TEST(turns == 1);
}

BOOST_AUTO_TEST_CASE(captures_die_with_the_registration) {
    auto held = std::make_shared<int>(1);
    auto timer = scheduler.every("test.held", 10s, [held] {});
    BOOST_TEST(held.use_count() == 2);
    timer.close();
    BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(posted_work_is_refused_when_the_owners_queue_is_full) {
    std::promise<void> release;
    const auto released = release.get_future().share();
    std::atomic<int> started{0};
    for (int i = 0; i < 2; ++i)
        scheduler.post("test.block", [&, released] {
            ++started;
            released.wait();
        });
    BOOST_TEST(wait_until([&] { return started == 2; }));
    auto mine = scheduler.for_owner("mine");
    for (int i = 0; i < 4; ++i) mine->post("test.fill", [] {});
    try {
        mine->post("test.over", [] {});
        BOOST_ERROR("not refused");
    } catch (const Error& e) {
        BOOST_TEST((e.error_code() == gatehouse::ErrorCode::kUnavailable));
    }
    release.set_value();
}

BOOST_AUTO_TEST_CASE(dropping_an_owners_view_withdraws_its_timers_and_its_posted_work) {
    std::promise<void> release;
    const auto released = release.get_future().share();
    std::atomic<int> started{0};
    for (int i = 0; i < 2; ++i)
        scheduler.post("test.block", [&, released] {
            ++started;
            released.wait();
        });
    BOOST_TEST(wait_until([&] { return started == 2; }));
    auto held = std::make_shared<int>(1);
    std::atomic<bool> ran{false};
    auto mine = scheduler.for_owner("mine");
    auto timer = mine->every("test.tick", 10ms, [&, held] { ran = true; });
    mine->post("test.piece", [&, held] { ran = true; });
    mine.reset();
    BOOST_TEST(held.use_count() == 1);
    release.set_value();
    std::promise<void> later;
    scheduler.post("test.later", [&] { later.set_value(); });
    later.get_future().wait();
    BOOST_TEST(!ran);
    timer.close();  // harmless afterwards
}

BOOST_AUTO_TEST_CASE(intervals_outside_the_contract_are_refused) {
    BOOST_CHECK_THROW((void)scheduler.every("test.x", 9ms, [] {}), Error);
    BOOST_CHECK_THROW((void)scheduler.every("test.x", 24h * 31, [] {}), Error);
    BOOST_CHECK_THROW((void)scheduler.after("test.x", -1ms, [] {}), Error);
}

BOOST_AUTO_TEST_SUITE_END()
