#include <atomic>
#include <future>
#include <thread>

#include "db_fixture.h"

using namespace db_test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(transactions, Shop)

BOOST_AUTO_TEST_CASE(what_was_written_is_read_back_with_its_type) {
    auto typed = pool->open_for(
        {"types", "types_", {{1, "CREATE TABLE types_all (i INTEGER, r REAL, t TEXT, b BLOB, n TEXT)"}}});
    const std::string with_zero("with\0zero", 9);
    typed
        ->write("test.types", Durability::kNormal,
                [&](WriteTx& tx) {
                    tx.prepare("INSERT INTO types_all VALUES (?, ?, ?, ?, ?)")
                        .bind(1, std::int64_t{-9'000'000'000})
                        .bind(2, 0.5)
                        .bind(3, std::string_view(with_zero))
                        .bind_blob(4, std::as_bytes(std::span("ab", 3)))
                        .bind_null(5)
                        .run();
                    tx.prepare("INSERT INTO types_all VALUES (?, ?, ?, ?, ?)")
                        .bind(1, std::optional<std::int64_t>())
                        .bind(3, std::string())
                        .bind_blob(4, {})
                        .run();
                })
        .get();
    typed->read("test.types", [&](ReadTx& tx) {
        auto& query = tx.prepare("SELECT i, r, t, b, n FROM types_all ORDER BY rowid");
        BOOST_REQUIRE(query.step());
        BOOST_TEST(query.integer(0) == -9'000'000'000);
        BOOST_TEST(query.real(1) == 0.5);
        BOOST_TEST(query.text(2) == with_zero);
        BOOST_TEST(query.blob(3) == std::string("ab\0", 3));
        BOOST_TEST(query.is_null(4));
        BOOST_TEST(!query.optional_text(4).has_value());
        BOOST_REQUIRE(query.step());
        BOOST_TEST(query.is_null(0));
        BOOST_TEST(query.is_null(1));
        BOOST_TEST(!query.is_null(2));
        BOOST_TEST(query.text(2).empty());
        BOOST_TEST(!query.is_null(3));
        BOOST_TEST(!query.step());
        BOOST_TEST(!query.step());
    });
}

BOOST_AUTO_TEST_CASE(a_write_function_reads_its_own_uncommitted_rows_and_nobody_else_does) {
    const auto seen = db->write("test.own", Durability::kNormal, [&](WriteTx& tx) {
                            insert(tx, 7, "seven");
                            BOOST_TEST(tx.last_insert_rowid() == 7);
                            BOOST_TEST(tx.changes() == 1);
                            BOOST_TEST(count_items(*db) == 0);  // a pooled reader
                            auto& query = tx.prepare("SELECT name FROM shop_item WHERE id = ?");
                            query.bind(1, 7);
                            return query.step() ? query.text(0) : std::string();
                        }).get();
    BOOST_TEST(seen == "seven");
    BOOST_TEST(count_items(*db) == 1);
}

BOOST_AUTO_TEST_CASE(a_read_function_sees_one_moment_however_long_it_takes) {
    db->write("test.first", Durability::kNormal, [](WriteTx& tx) { insert(tx, 1, "a"); }).get();
    db->read("test.moment", [&](ReadTx& tx) {
        const auto count = [&] {
            auto& query = tx.prepare("SELECT count(*) FROM shop_item");
            query.step();
            return query.integer(0);
        };
        BOOST_TEST(count() == 1);
        db->write("test.second", Durability::kNormal, [](WriteTx& w) { insert(w, 2, "b"); }).get();
        BOOST_TEST(count() == 1);
    });
    BOOST_TEST(count_items(*db) == 2);
}

BOOST_AUTO_TEST_CASE(a_constraint_is_a_conflict_and_undoes_this_function_alone) {
    db->write("test.good", Durability::kNormal, [](WriteTx& tx) { insert(tx, 1, "a"); }).get();
    CHECK_ERROR(db->write("test.twice", Durability::kNormal,
                          [](WriteTx& tx) {
                              insert(tx, 2, "b");
                              insert(tx, 3, "a");
                          })
                    .get(),
                ErrorCode::kConflict, "UNIQUE");
    BOOST_TEST(count_items(*db) == 1);
}

BOOST_AUTO_TEST_CASE(a_statement_is_run_again_after_its_end_and_its_old_holder_is_told_when_it_was_taken_away) {
    db->write("test.loop", Durability::kNormal, [](WriteTx& tx) {
          for (int i = 1; i <= 3; ++i) insert(tx, i, std::to_string(i));
          auto& first = tx.prepare("SELECT id FROM shop_item ORDER BY id");
          BOOST_REQUIRE(first.step());
          auto& second = tx.prepare("SELECT id FROM shop_item ORDER BY id");
          BOOST_REQUIRE(second.step());
          BOOST_TEST(second.integer(0) == 1);
          CHECK_ERROR(first.step(), ErrorCode::kInternal, "prepared again");
      }).get();
}

BOOST_AUTO_TEST_CASE(misuse_is_an_error_not_undefined_behaviour) {
    db->read("test.misuse", [](ReadTx& tx) {
        auto& query = tx.prepare("SELECT 1");
        CHECK_ERROR(query.integer(0), ErrorCode::kInternal, "no row");
        query.step();
        CHECK_ERROR(query.integer(1), ErrorCode::kInternal, "column");
        CHECK_ERROR(query.bind(1, 1), ErrorCode::kInternal, "test.misuse");
        CHECK_ERROR(tx.prepare("SELECT 1; SELECT 2"), ErrorCode::kInternal, "one statement");
        CHECK_ERROR(tx.prepare(""), ErrorCode::kInternal, "without a statement");
        CHECK_ERROR(tx.prepare("SELEKT 1"), ErrorCode::kInternal, "syntax");
        tx.prepare("SELECT 1; -- a comment may follow");
    });
}

BOOST_AUTO_TEST_CASE(readers_cannot_write) {
    CHECK_ERROR(db->read("test.sneak", [](ReadTx& tx) { tx.prepare("DELETE FROM shop_item").run(); }),
                ErrorCode::kUnavailable, "");
}

BOOST_AUTO_TEST_CASE(a_read_statement_past_its_deadline_is_interrupted) {
    auto quick = options();
    quick.path = directory / "quick.db";
    quick.statement_deadline = 50ms;
    auto other = open(quick);
    auto impatient = other->open_for(shop());
    const auto endless = [](ReadTx& tx) {
        tx.prepare("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n").step();
    };
    CHECK_ERROR(impatient->read("test.endless", endless), ErrorCode::kUnavailable, "deadline");
    BOOST_TEST(count_items(*impatient) == 0);
    // On the writer a reading statement is interrupted as well, without harm to what the function has written.
    impatient
        ->write("test.endless", Durability::kNormal,
                [&](WriteTx& tx) {
                    insert(tx, 1, "kept");
                    CHECK_ERROR(endless(tx), ErrorCode::kUnavailable, "deadline");
                })
        .get();
    BOOST_TEST(count_items(*impatient) == 1);
    // A writing one is given ten times as long.
    CHECK_ERROR(impatient
                    ->write("test.flood", Durability::kNormal,
                            [](WriteTx& tx) {
                                tx.prepare(
                                      "INSERT INTO shop_item (name) WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT "
                                      "x + 1 FROM n) "
                                      "SELECT 'n' || x FROM n")
                                    .run();
                            })
                    .get(),
                ErrorCode::kUnavailable, "");
    BOOST_TEST(count_items(*impatient) == 1);
    impatient->write("test.after", Durability::kNormal, [](WriteTx& tx) { insert(tx, 2, "after"); }).get();
    BOOST_TEST(other->stats().interrupted == 3u);
}

BOOST_AUTO_TEST_CASE(many_readers_and_writers_never_meet_a_busy_database) {
    std::atomic<bool> stop{false};
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            std::int64_t last = 0;
            while (!stop) {
                try {
                    const auto now = count_items(*db);
                    if (now < last) ++failures;
                    last = now;
                } catch (...) {
                    ++failures;
                }
            }
        });
    }
    std::vector<std::future<void>> writes;
    for (int i = 1; i <= 2000; ++i) {
        writes.push_back(db->write("test.flood", i % 100 ? Durability::kNormal : Durability::kSync,
                                   [i](WriteTx& tx) { insert(tx, i, std::to_string(i)); }));
        if (writes.size() >= 500) {
            for (auto& write : writes) write.get();
            writes.clear();
        }
    }
    for (auto& write : writes) write.get();
    stop = true;
    for (auto& thread : threads) thread.join();
    BOOST_TEST(failures == 0);
    BOOST_TEST(count_items(*db) == 2000);
    const auto stats = pool->stats();
    BOOST_TEST(stats.busy_errors == 0u);
    BOOST_TEST(stats.writes >= 2000u);  // the pool itself may have written as well
    BOOST_TEST(stats.batches < 2000u);
    BOOST_TEST(stats.largest_batch > 1u);
}

BOOST_AUTO_TEST_CASE(the_log_stays_short_even_if_readers_never_leave_a_gap) {
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&] {
            while (!stop) count_items(*db);
        });
    }
    const std::string large(100'000, 'x');
    std::uint64_t longest = 0;
    for (int i = 1; i <= 1000; ++i) {
        db->write("test.large", Durability::kNormal, [&](WriteTx& tx) {
              tx.prepare("INSERT OR REPLACE INTO shop_item VALUES (?, ?)")
                  .bind(1, i % 50)
                  .bind(2, large + std::to_string(i))
                  .run();
          }).get();
        longest = std::max(longest, pool->stats().wal_bytes);
    }
    stop = true;
    for (auto& thread : threads) thread.join();
    BOOST_TEST(longest < 60'000'000u);  // of 100 MB written
    BOOST_TEST(pool->stats().busy_errors == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
