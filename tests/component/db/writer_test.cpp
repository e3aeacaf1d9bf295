#include <atomic>
#include <future>
#include <stdexcept>

#include "db_fixture.h"

using namespace db_test;
using namespace std::chrono_literals;

namespace {

struct WriterFixture : Shop {
    std::promise<void> release;
    std::future<void> blocking;

    // The writer stands still until let_go(), so that what is queued meanwhile becomes one group.
    void hold() {
        std::promise<void> started;
        auto running = started.get_future();
        blocking =
            db->write("test.hold", Durability::kNormal, [&started, released = release.get_future().share()](WriteTx&) {
                started.set_value();
                released.wait();
            });
        running.wait();
    }
    void let_go() {
        release.set_value();
        blocking.get();
    }
    std::future<void> queue(std::function<void(WriteTx&)> fn, Durability durability = Durability::kNormal) {
        return db->write("test.queued", durability, std::move(fn));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(writer, WriterFixture)

BOOST_AUTO_TEST_CASE(queued_writes_share_one_commit) {
    hold();
    const auto before = pool->stats();
    std::vector<std::future<void>> writes;
    for (int i = 0; i < 50; ++i) writes.push_back(queue([i](WriteTx& tx) { insert(tx, i, std::to_string(i)); }));
    let_go();
    for (auto& write : writes) write.get();
    BOOST_TEST(pool->stats().batches - before.batches <= 3u);  // what held the writer, these, perhaps the pool's own
    BOOST_TEST(pool->stats().largest_batch >= 50u);
    BOOST_TEST(count_items(*db) == 50);
}

BOOST_AUTO_TEST_CASE(one_that_fails_in_a_group_takes_nobody_along) {
    hold();
    auto first = queue([](WriteTx& tx) { insert(tx, 1, "first"); });
    auto throws = queue([](WriteTx& tx) {
        insert(tx, 2, "undone");
        throw std::runtime_error("on purpose");
    });
    auto conflict = queue([](WriteTx& tx) {
        insert(tx, 3, "undone too");
        insert(tx, 4, "first");
    });
    auto last = queue([](WriteTx& tx) { insert(tx, 5, "last"); });
    let_go();
    first.get();
    BOOST_CHECK_THROW(throws.get(), std::runtime_error);
    CHECK_ERROR(conflict.get(), ErrorCode::kConflict, "UNIQUE");
    last.get();
    const auto names = db->read("test.names", [](ReadTx& tx) {
        std::string all;
        auto& query = tx.prepare("SELECT name FROM shop_item ORDER BY id");
        while (query.step()) all += query.text(0) + " ";
        return all;
    });
    BOOST_TEST(names == "first last ");
    BOOST_TEST(pool->stats().failed_writes == 2u);
}

BOOST_AUTO_TEST_CASE(a_deferred_foreign_key_fails_its_function_not_the_group) {
    auto family = pool->open_for({"family", "family_", {{1, R"(
        CREATE TABLE family_parent (id INTEGER PRIMARY KEY);
        CREATE TABLE family_child (id INTEGER PRIMARY KEY,
            parent INTEGER NOT NULL REFERENCES family_parent (id) DEFERRABLE INITIALLY DEFERRED);)"}}});
    hold();
    auto good = queue([](WriteTx& tx) { insert(tx, 1, "good"); });
    auto orphan = family->write("test.orphan", Durability::kNormal,
                                [](WriteTx& tx) { tx.prepare("INSERT INTO family_child VALUES (1, 99)").run(); });
    auto late = family->write("test.late", Durability::kNormal, [](WriteTx& tx) {
        tx.prepare("INSERT INTO family_child VALUES (2, 1)").run();
        tx.prepare("INSERT INTO family_parent VALUES (1)").run();
    });
    let_go();
    good.get();
    CHECK_ERROR(orphan.get(), ErrorCode::kConflict, "FOREIGN KEY");
    late.get();
}

BOOST_AUTO_TEST_CASE(a_group_with_a_sync_member_is_synced_and_one_without_is_not) {
    const auto sync_commits = [&] { return pool->stats().sync_batches; };
    queue([](WriteTx& tx) { insert(tx, 1, "a"); }).get();
    BOOST_TEST(sync_commits() == 0u);
    hold();
    auto normal = queue([](WriteTx& tx) { insert(tx, 2, "b"); });
    auto sync = queue([](WriteTx& tx) { insert(tx, 3, "c"); }, Durability::kSync);
    let_go();
    normal.get();
    sync.get();
    BOOST_TEST(sync_commits() == 1u);
    queue([](WriteTx& tx) { insert(tx, 4, "d"); }).get();
    BOOST_TEST(sync_commits() == 1u);
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_and_says_so) {
    auto small = options();
    small.path = directory / "small.db";
    small.write_queue = 3;
    auto other = open(small);
    auto shop_db = other->open_for(shop());
    std::promise<void> started, go;
    auto blocked = shop_db->write("test.hold", Durability::kNormal, [&](WriteTx&) {
        started.set_value();
        go.get_future().wait();
    });
    started.get_future().wait();
    std::vector<std::future<void>> queued;
    for (int i = 0; i < 3; ++i)
        queued.push_back(
            shop_db->write("test.q", Durability::kNormal, [i](WriteTx& tx) { insert(tx, i, std::to_string(i)); }));
    auto refused = shop_db->write("test.q", Durability::kNormal, [](WriteTx&) {});
    CHECK_ERROR(refused.get(), ErrorCode::kUnavailable, "queue");
    go.set_value();
    for (auto& write : queued) write.get();
    BOOST_TEST(other->stats().refused_writes == 1u);
}

BOOST_AUTO_TEST_CASE(results_and_captures_travel_and_die_in_time) {
    auto held = std::make_shared<int>(1);
    const auto id = db->write("test.result", Durability::kSync, [held](WriteTx& tx) {
                          insert(tx, 42, "answer");
                          return tx.last_insert_rowid();
                      }).get();
    BOOST_TEST(id == 42);
    BOOST_TEST(wait_until([&] { return held.use_count() == 1; }));
    std::promise<bool> done;
    db->write_erased(
        "test.erased", Durability::kNormal, [](WriteTx& tx) { insert(tx, 43, "b"); },
        [&](const std::exception_ptr& failure) { done.set_value(!failure); });
    BOOST_TEST(done.get_future().get());
}

BOOST_AUTO_TEST_CASE(a_database_that_is_let_go_leaves_no_function_behind) {
    auto other = pool->open_for({"other", "other_", {}});
    hold();
    auto held = std::make_shared<int>(1);
    std::atomic<bool> done{false};
    other->write_erased(
        "test.late", Durability::kNormal, [held](WriteTx&) {},
        [&done, held](const std::exception_ptr&) { done = true; });
    auto letting_go = std::async(std::launch::async, [&] { other.reset(); });
    BOOST_TEST((letting_go.wait_for(30ms) != std::future_status::ready));
    let_go();
    letting_go.get();
    BOOST_TEST(done);
    BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(close_runs_what_is_queued_and_leaves_one_file_without_a_log) {
    hold();
    std::vector<std::future<void>> writes;
    for (int i = 0; i < 20; ++i) writes.push_back(queue([i](WriteTx& tx) { insert(tx, i, std::to_string(i)); }));
    auto closing = std::async(std::launch::async, [&] { pool->close(); });
    BOOST_TEST(wait_until([&] {
        try {
            count_items(*db);
            return false;
        } catch (const Error& e) {
            return e.error_code() == ErrorCode::kUnavailable;
        }
    }));
    let_go();
    closing.get();
    for (auto& write : writes) write.get();
    CHECK_ERROR(queue([](WriteTx&) {}).get(), ErrorCode::kUnavailable, "closed");
    BOOST_TEST(!std::filesystem::exists(directory / "test.db-wal"));
    pool->close();  // again is harmless
    db.reset();
    pool.reset();
    pool = open();
    db = pool->open_for(shop());
    BOOST_TEST(count_items(*db) == 20);
}

BOOST_AUTO_TEST_SUITE_END()
