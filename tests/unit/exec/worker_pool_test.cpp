#define BOOST_TEST_MODULE exec
#include "exec/worker_pool.h"

#include <gatehouse/error.h>

#include <boost/test/unit_test.hpp>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "wait_until.h"

using gatehouse::exec::WorkerPool;

namespace {

// Keeps the only thread of a pool busy until it is let go.
struct Blocker {
    std::promise<void> started, release;
    std::shared_future<void> released = release.get_future().share();

    void occupy(WorkerPool& pool) {
        auto running = started.get_future();
        // The work may outlive this object by a moment, so it shares what it waits for.
        const auto begun = std::make_shared<std::promise<void>>(std::move(started));
        BOOST_REQUIRE(pool.try_post("blocker", [begun, until = released] {
            begun->set_value();
            until.wait();
        }));
        running.wait();
    }
    void let_go() { release.set_value(); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(worker_pool)

BOOST_AUTO_TEST_CASE(posted_work_runs_on_a_thread_named_work) {
    WorkerPool pool({.threads = 2, .queue_per_owner = 4});
    std::promise<std::string> name;
    BOOST_REQUIRE(pool.try_post("core", [&] {
        char buffer[16] = {};
        pthread_getname_np(pthread_self(), buffer, sizeof buffer);
        name.set_value(buffer);
    }));
    BOOST_TEST(name.get_future().get().starts_with("work-"));
    BOOST_TEST(wait_until([&] { return pool.stats().done == 1 && pool.stats().busy == 0; }));
}

BOOST_AUTO_TEST_CASE(a_flood_of_one_owner_does_not_starve_another) {
    WorkerPool pool({.threads = 1, .queue_per_owner = 100});
    Blocker blocker;
    blocker.occupy(pool);
    std::mutex mutex;
    std::vector<std::string> order;
    const auto note = [&](const std::string& who) {
        return [&, who] {
            const std::lock_guard lock(mutex);
            order.push_back(who);
        };
    };
    for (int i = 0; i < 50; ++i) BOOST_REQUIRE(pool.try_post("flood", note("flood")));
    BOOST_REQUIRE(pool.try_post("quiet", note("quiet")));
    blocker.let_go();
    BOOST_TEST(wait_until([&] { return pool.stats().done == 52; }));
    BOOST_REQUIRE(order.size() == 51u);
    BOOST_TEST((order[0] == "quiet" || order[1] == "quiet"));
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_only_its_owner) {
    WorkerPool pool({.threads = 1, .queue_per_owner = 3});
    Blocker blocker;
    blocker.occupy(pool);
    for (int i = 0; i < 3; ++i) BOOST_TEST(pool.try_post("a", [] {}));
    BOOST_TEST(!pool.try_post("a", [] {}));
    BOOST_TEST(pool.try_post("b", [] {}));
    BOOST_TEST(pool.stats().refused == 1u);
    BOOST_TEST(pool.stats().queued == 4u);
    blocker.let_go();
}

BOOST_AUTO_TEST_CASE(an_exception_is_counted_and_the_thread_goes_on) {
    WorkerPool pool({.threads = 1, .queue_per_owner = 10});
    BOOST_REQUIRE(pool.try_post("a", [] { throw std::runtime_error("on purpose"); }));
    BOOST_REQUIRE(pool.try_post("a", [] { throw 7; }));
    BOOST_REQUIRE(pool.try_post("a", [] {}));
    BOOST_TEST(wait_until([&] { return pool.stats().done == 1 && pool.stats().failed == 2; }));
}

BOOST_AUTO_TEST_CASE(stop_finishes_what_runs_and_drops_what_waits) {
    WorkerPool pool({.threads = 1, .queue_per_owner = 10});
    Blocker blocker;
    blocker.occupy(pool);
    bool ran = false;
    auto held = std::make_shared<int>(1);
    BOOST_REQUIRE(pool.try_post("a", [&ran, held] { ran = true; }));
    auto stopping = std::async(std::launch::async, [&] { pool.stop(); });
    // A new owner each time: a full queue refuses too, and would be taken for a pool that is stopping.
    int probes = 0;
    BOOST_TEST(wait_until([&] { return !pool.try_post("probe " + std::to_string(++probes), [] {}); }));
    blocker.let_go();
    stopping.get();
    BOOST_TEST(!ran);
    BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(the_heartbeat_tells_a_stuck_pool_from_an_idle_one) {
    WorkerPool pool({.threads = 1, .queue_per_owner = 10});
    BOOST_TEST(pool.stalled_for().count() == 0);
    Blocker blocker;
    blocker.occupy(pool);
    BOOST_TEST(pool.stalled_for().count() == 0);
    BOOST_REQUIRE(pool.try_post("a", [] {}));
    BOOST_TEST(wait_until([&] { return pool.stalled_for().count() >= 20; }));
    blocker.let_go();
    BOOST_TEST(wait_until([&] { return pool.stalled_for().count() == 0; }));
}

BOOST_AUTO_TEST_CASE(impossible_sizes_are_refused) {
    BOOST_CHECK_THROW(WorkerPool({.threads = 0, .queue_per_owner = 1}), gatehouse::Error);
    BOOST_CHECK_THROW(WorkerPool({.threads = 65, .queue_per_owner = 1}), gatehouse::Error);
    BOOST_CHECK_THROW(WorkerPool({.threads = 1, .queue_per_owner = 0}), gatehouse::Error);
}

BOOST_AUTO_TEST_SUITE_END()
