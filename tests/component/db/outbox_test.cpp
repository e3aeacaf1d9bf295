#include <SQLiteCpp/Database.h>
#include <gatehouse/testing/fake_clock.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "db_fixture.h"

using namespace db_test;
using namespace std::chrono_literals;

namespace {

struct OutboxFixture : Environment<gatehouse::testing::FakeClock> {
    std::unique_ptr<DatabasePool> pool = open();
    std::unique_ptr<Database> db = pool->open_for(shop());
    std::mutex mutex;
    std::vector<RecordedFact> seen;

    void note(const RecordedFact& fact) {
        const std::lock_guard lock(mutex);
        seen.push_back(fact);
    }
    std::string subjects() {
        const std::lock_guard lock(mutex);
        std::string all;
        for (const auto& fact : seen) all += fact.fact.subject + " ";
        return all;
    }
    void publish(const std::string& type, const std::string& subject) {
        db->write("test.publish", Durability::kNormal, [&](WriteTx& tx) { tx.publish({type, subject, "{}"}); }).get();
    }
    bool eventually(const std::string& wanted) {
        return wait_until([&] { return subjects() == wanted; });
    }
    // Read past the authorizer, as the pool itself does.
    std::int64_t facts_kept() const {
        SQLite::Database database(directory / "test.db");
        return database.execAndGet("SELECT count(*) FROM core_outbox").getInt64();
    }
    void reopen() {
        db.reset();
        pool.reset();
        pool = open();
        db = pool->open_for(shop());
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outbox, OutboxFixture)

BOOST_AUTO_TEST_CASE(facts_reach_their_subscriber_in_order_with_source_and_time) {
    auto subscription = db->subscribe("test", "item.", [&](const RecordedFact& fact) { note(fact); });
    for (int i = 0; i < 100; ++i) publish(i % 2 ? "item.sold" : "other.thing", std::to_string(i));
    std::string wanted;
    for (int i = 1; i < 100; i += 2) wanted += std::to_string(i) + " ";
    BOOST_TEST(eventually(wanted));
    BOOST_TEST(seen.front().source == "shop");
    BOOST_TEST(seen.front().fact.type == "item.sold");
    BOOST_TEST(seen.front().at.us == clock.utc_now().us);
    for (std::size_t i = 1; i < seen.size(); ++i) BOOST_TEST_REQUIRE(seen[i - 1].id < seen[i].id);
}

BOOST_AUTO_TEST_CASE(a_fact_of_a_failed_transaction_is_absent_and_a_fact_that_cannot_be_written_fails_its_transaction) {
    auto subscription = db->subscribe("test", "", [&](const RecordedFact& fact) { note(fact); });
    auto failed = db->write("test.fails", Durability::kNormal, [](WriteTx& tx) {
        insert(tx, 1, "undone");
        tx.publish({"item.made", "undone", "{}"});
        throw std::runtime_error("on purpose");
    });
    BOOST_CHECK_THROW(failed.get(), std::runtime_error);
    CHECK_ERROR(db->write("test.bad_fact", Durability::kNormal,
                          [](WriteTx& tx) {
                              insert(tx, 2, "undone");
                              tx.publish({"Not Allowed", "s", "{}"});
                          })
                    .get(),
                ErrorCode::kInvalidArgument, "type");
    // Even when the function swallows the failure.
    CHECK_ERROR(db->write("test.swallow", Durability::kNormal,
                          [](WriteTx& tx) {
                              insert(tx, 3, "undone");
                              try {
                                  tx.publish({"a", "s", std::string(20'000, 'x')});
                              } catch (const Error&) {
                              }
                          })
                    .get(),
                ErrorCode::kInvalidArgument, "payload");
    db->write("test.works", Durability::kNormal, [](WriteTx& tx) {
          insert(tx, 4, "kept");
          const auto id = tx.last_insert_rowid();
          tx.publish({"item.made", "kept", "{}"});
          BOOST_TEST(tx.last_insert_rowid() == id);
      }).get();
    BOOST_TEST(eventually("kept "));
    BOOST_TEST(count_items(*db) == 1);
    BOOST_TEST(pool->stats().facts_published == 1u);
}

BOOST_AUTO_TEST_CASE(a_subscriber_that_comes_back_goes_on_where_it_was) {
    publish("item.made", "before");
    {
        auto subscription = db->subscribe("test", "item.", [&](const RecordedFact& fact) { note(fact); });
        BOOST_TEST(eventually("before "));
    }
    publish("item.made", "between");
    reopen();
    auto subscription = db->subscribe("test", "item.", [&](const RecordedFact& fact) { note(fact); });
    publish("item.made", "after");
    BOOST_TEST(eventually("before between after "));
}

BOOST_AUTO_TEST_CASE(a_failing_handler_gets_the_same_fact_again_after_a_pause_and_nothing_overtakes_it) {
    std::atomic<int> tries{0};
    auto subscription = db->subscribe("test", "", [&](const RecordedFact& fact) {
        if (fact.fact.subject == "second" && ++tries < 3) throw std::runtime_error("not yet");
        note(fact);
    });
    for (const char* subject : {"first", "second", "third"}) publish("item.made", subject);
    // The pause is set after the handler has thrown; it is logged last.
    BOOST_TEST(wait_until([&] { return log.lines->count("tries again in 1000 ms") == 1; }));
    BOOST_TEST(subjects() == "first ");
    publish("item.made", "fourth");  // does not shorten the pause
    BOOST_TEST(tries == 1);
    clock.advance(1s);
    BOOST_TEST(wait_until([&] { return log.lines->count("tries again in 2000 ms") == 1; }));
    BOOST_TEST(tries == 2);
    clock.advance(2s);
    BOOST_TEST(eventually("first second third fourth "));
    BOOST_TEST(tries == 3);
    BOOST_TEST(pool->stats().facts_retried == 2u);
}

BOOST_AUTO_TEST_CASE(two_subscribers_each_get_every_fact_and_names_are_taken_once) {
    std::atomic<int> other{0};
    auto one = db->subscribe("one", "", [&](const RecordedFact& fact) { note(fact); });
    auto two = db->subscribe("two", "", [&](const RecordedFact&) { ++other; });
    CHECK_ERROR((void)db->subscribe("one", "", [](const RecordedFact&) {}), ErrorCode::kConflict, "one");
    publish("a", "x");
    BOOST_TEST(eventually("x "));
    BOOST_TEST(wait_until([&] { return other == 1; }));
    one.close();
    one = db->subscribe("one", "", [](const RecordedFact&) {});
}

BOOST_AUTO_TEST_CASE(what_everybody_has_had_is_dropped_and_what_somebody_waits_for_is_kept) {
    {
        auto slow = db->subscribe("slow", "item.", [&](const RecordedFact& fact) { note(fact); });
        BOOST_TEST(wait_until([&] { return pool->stats().labels.contains("core.outbox.register"); }));
        publish("item.made", "0");
        BOOST_TEST(eventually("0 "));
    }
    auto quick = db->subscribe("quick", "", [&](const RecordedFact&) {});
    publish("item.made", "1");
    publish("other", "2");
    BOOST_TEST(wait_until([&] { return pool->stats().facts_delivered == 4; }));
    clock.advance(2min);
    // "other" is done with; "item.made" 1 waits for the one who is away.
    BOOST_TEST(wait_until([&] { return facts_kept() == 1; }));
    auto back = db->subscribe("slow", "item.", [&](const RecordedFact& fact) { note(fact); });
    BOOST_TEST(eventually("0 1 "));
    clock.advance(2min);
    BOOST_TEST(wait_until([&] { return facts_kept() == 0; }));
    BOOST_TEST(pool->stats().facts_expired == 0u);
}

BOOST_AUTO_TEST_CASE(a_fact_without_a_subscriber_is_dropped_after_seven_days_and_counted) {
    publish("item.made", "old");
    clock.advance(24h * 7 - 1h);
    publish("item.made", "young");
    clock.advance(2h);
    BOOST_TEST(wait_until([&] { return facts_kept() == 1; }));
    BOOST_TEST(wait_until([&] { return pool->stats().facts_expired == 1; }));
    auto late = db->subscribe("late", "item.", [&](const RecordedFact& fact) { note(fact); });
    BOOST_TEST(eventually("young "));
    BOOST_TEST(log.lines->count("1 facts without a subscriber dropped") == 1u);
}

BOOST_AUTO_TEST_CASE(closing_waits_for_the_handler_and_a_handler_may_close_itself) {
    std::promise<void> started, release;
    auto subscription =
        db->subscribe("test", "", [&, released = release.get_future().share()](const RecordedFact& fact) {
            started.set_value();
            released.wait();
            note(fact);
        });
    publish("a", "x");
    started.get_future().wait();
    auto closing = std::async(std::launch::async, [&] { subscription.close(); });
    BOOST_TEST((closing.wait_for(30ms) == std::future_status::timeout));
    release.set_value();
    closing.get();
    BOOST_TEST(subjects() == "x ");

    gatehouse::Registration own;
    std::promise<void> assigned;
    own = db->subscribe("own", "", [&, ready = assigned.get_future().share()](const RecordedFact& fact) {
        ready.wait();
        own.close();
        note(fact);
    });
    assigned.set_value();
    BOOST_TEST(eventually("x x "));
}

BOOST_AUTO_TEST_CASE(the_pool_closes_with_a_subscription_still_held) {
    auto subscription = db->subscribe("test", "", [&](const RecordedFact& fact) { note(fact); });
    publish("a", "x");
    BOOST_TEST(eventually("x "));
    pool->close();
    CHECK_ERROR((void)db->subscribe("more", "", [](const RecordedFact&) {}), ErrorCode::kUnavailable, "closed");
}

BOOST_AUTO_TEST_SUITE_END()
