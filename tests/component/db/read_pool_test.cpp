#include <atomic>
#include <future>
#include <thread>

#include "db_fixture.h"

using namespace db_test;
using namespace std::chrono_literals;

namespace {

constexpr auto kExhausted = "[ConnectionPool] Read pool exhausted, creating temporary connection";

DbOptions small(DbOptions options) {
    options.readers = 2;
    options.max_temporary = 1;
    options.read_wait = 20ms;
    return options;
}

struct SmallPool : Real {
    std::unique_ptr<DatabasePool> pool = open(small(options()));
    std::unique_ptr<Database> db = pool->open_for(shop());
    std::promise<void> release;
    std::shared_future<void> released = release.get_future().share();
    std::vector<std::future<void>> holders;

    // Somebody takes a connection and keeps it.
    void occupy() {
        std::promise<void> started;
        holders.push_back(std::async(std::launch::async, [this, &started] {
            db->read("test.hold", [&](ReadTx&) {
                started.set_value();
                released.wait();
            });
        }));
        started.get_future().wait();
    }
    void let_go() {
        release.set_value();
        for (auto& holder : holders) holder.get();
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(read_pool)

BOOST_FIXTURE_TEST_CASE(the_documented_lines_are_logged_word_for_word, Real) {
    auto pool = open();
    auto db = pool->open_for(shop());
    BOOST_TEST(
        log.lines->has(Poco::Message::PRIO_INFORMATION, "[ConnectionPool] Initialized with max 5 read connections"));
    BOOST_TEST(log.lines->count("Created read connection") == 0u);
    count_items(*db);
    BOOST_TEST(log.lines->has(Poco::Message::PRIO_INFORMATION, "[ConnectionPool] Created read connection 1/5"));
    count_items(*db);
    BOOST_TEST(log.lines->count("Created read connection") == 1u);
    const auto stats = pool->stats();
    BOOST_TEST(stats.read_misses == 1u);
    BOOST_TEST(stats.read_hits == 1u);
    BOOST_TEST(stats.read_open == 1u);
    BOOST_TEST(stats.read_idle == 1u);
}

BOOST_FIXTURE_TEST_CASE(at_the_limit_there_is_a_wait_then_a_temporary_connection_then_a_refusal, SmallPool) {
    occupy();
    occupy();
    BOOST_TEST(log.lines->count(kExhausted) == 0u);
    occupy();
    BOOST_TEST(log.lines->has(Poco::Message::PRIO_WARNING, kExhausted));
    auto stats = pool->stats();
    BOOST_TEST(stats.read_open == 2u);
    BOOST_TEST(stats.read_in_use == 2u);
    BOOST_TEST(stats.temporary_open == 1u);
    BOOST_TEST(stats.waits == 1u);
    BOOST_TEST(stats.wait_us >= 20'000);
    CHECK_ERROR(count_items(*db), ErrorCode::kUnavailable, "in use");
    stats = pool->stats();
    BOOST_TEST(stats.exhausted == 2u);
    BOOST_TEST(stats.refused_reads == 1u);
    let_go();
    BOOST_TEST(count_items(*db) == 0);
    stats = pool->stats();
    BOOST_TEST(stats.temporary_open == 0u);
    BOOST_TEST(stats.read_open == 2u);
}

BOOST_FIXTURE_TEST_CASE(who_waits_gets_the_connection_that_comes_back_in_time, Real) {
    auto patient = small(options());
    patient.read_wait = 20s;
    auto pool = open(patient);
    auto db = pool->open_for(shop());
    std::promise<void> release;
    const auto released = release.get_future().share();
    std::atomic<int> holding{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i)
        threads.emplace_back([&] {
            db->read("test.hold", [&](ReadTx&) {
                ++holding;
                released.wait();
            });
        });
    BOOST_TEST(wait_until([&] { return holding == 2; }));
    auto waiting = std::async(std::launch::async, [&] { return count_items(*db); });
    BOOST_TEST(wait_until([&] { return pool->stats().waits == 1; }));
    release.set_value();
    BOOST_TEST(waiting.get() == 0);
    for (auto& thread : threads) thread.join();
    BOOST_TEST(pool->stats().temporary_created == 0u);
    BOOST_TEST(log.lines->count(kExhausted) == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_lease_held_too_long_is_reported_with_its_label_while_it_is_held_and_at_its_end, Real) {
    auto impatient = options();
    impatient.lease_warning = 10ms;
    auto pool = open(impatient);
    auto db = pool->open_for(shop());
    db->read("test.dawdle", [&](ReadTx&) {
        BOOST_TEST(wait_until([&] { return log.lines->count("test.dawdle of shop holds a read connection") == 1; }));
    });
    BOOST_TEST(log.lines->count("test.dawdle of shop held a read connection for") == 1u);
    BOOST_TEST(pool->stats().long_leases == 1u);
}

BOOST_FIXTURE_TEST_CASE(an_exception_out_of_a_read_gives_the_connection_back, SmallPool) {
    for (int i = 0; i < 10; ++i)
        BOOST_CHECK_THROW(db->read("test.throw", [](ReadTx&) { throw std::runtime_error("on purpose"); }),
                          std::runtime_error);
    BOOST_TEST(count_items(*db) == 0);
    BOOST_TEST(pool->stats().read_open == 1u);
    BOOST_TEST(pool->stats().labels.at("test.throw").failed == 10u);
    BOOST_TEST(pool->stats().labels.at("test.throw").count == 10u);
}

BOOST_FIXTURE_TEST_CASE(statistics_are_shown_in_the_metrics, SmallPool) {
    count_items(*db);
    const auto text = metrics.render();
    BOOST_TEST(text.find("# TYPE gatehouse_db_reads_total counter\ngatehouse_db_reads_total 1\n") != std::string::npos);
    BOOST_TEST(text.find("gatehouse_db_busy_total 0\n") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
