#include "db_fixture.h"

using namespace db_test;

BOOST_FIXTURE_TEST_SUITE(migrations, Real)

BOOST_AUTO_TEST_CASE(missing_migrations_run_once_and_later_ones_are_added) {
    auto pool = open();
    auto db = pool->open_for(shop());
    db->write("test.row", Durability::kNormal, [](WriteTx& tx) { insert(tx, 1, "a"); }).get();
    db.reset();
    pool.reset();
    pool = open();
    db = pool->open_for(shop({{2,
                               "ALTER TABLE shop_item ADD COLUMN price INTEGER NOT NULL DEFAULT 5;"
                               "CREATE INDEX shop_item_price ON shop_item (price);"
                               "CREATE TABLE shop_log (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT UNIQUE);"
                               "CREATE TRIGGER shop_item_log AFTER INSERT ON shop_item BEGIN "
                               "INSERT INTO shop_log (text) VALUES (new.name); END;"
                               "CREATE VIEW v_shop_item AS SELECT id, name FROM shop_item"},
                              {3, "DROP INDEX shop_item_price; ALTER TABLE shop_item RENAME COLUMN price TO cost"}}));
    const auto cost = db->write("test.more", Durability::kNormal, [](WriteTx& tx) {
                            insert(tx, 2, "b");
                            auto& query = tx.prepare(
                                "SELECT cost + (SELECT count(*) FROM shop_log) + (SELECT count(*) FROM v_shop_item) "
                                "FROM shop_item WHERE id = 1");
                            return query.step() ? query.integer(0) : 0;
                        }).get();
    BOOST_TEST(cost == 5 + 1 + 2);
    // The same owner again, as after a plugin's restart.
    auto again = pool->open_for(shop({{2, "-- other text"}, {3, "-- other text"}}));
    BOOST_TEST(count_items(*again) == 2);
    BOOST_TEST(log.lines->count("has another text") == 2u);
}

BOOST_AUTO_TEST_CASE(a_migration_that_fails_leaves_the_state_before_it) {
    auto pool = open();
    const auto bad = [&] {
        (void)pool->open_for(
            shop({{2, "CREATE TABLE shop_two (id INTEGER)"},
                  {3, "CREATE TABLE shop_three (id INTEGER); INSERT INTO shop_three VALUES (1); SELEKT"}}));
    };
    CHECK_ERROR(bad(), ErrorCode::kInternal, "migration 3 of shop");
    auto db =
        pool->open_for(shop({{2, "CREATE TABLE shop_two (id INTEGER)"}, {3, "CREATE TABLE shop_three (id INTEGER)"}}));
    const auto rows = db->read("test.three", [](ReadTx& tx) {
        auto& query = tx.prepare("SELECT count(id) FROM shop_three");
        return query.step() ? query.integer(0) : -1;
    });
    BOOST_TEST(rows == 0);
}

BOOST_AUTO_TEST_CASE(tables_made_by_a_newer_plugin_are_refused) {
    auto pool = open();
    (void)pool->open_for(shop({{2, "CREATE TABLE shop_two (id INTEGER)"}}));
    CHECK_ERROR((void)pool->open_for(shop()), ErrorCode::kConflict, "newer version (migration 2, this one knows 1)");
    // Others are not concerned.
    (void)pool->open_for({"other", "other_", {{1, "CREATE TABLE other_t (id INTEGER)"}}});
}

BOOST_AUTO_TEST_CASE(numbers_must_rise_from_one_without_holes) {
    auto pool = open();
    CHECK_ERROR((void)pool->open_for({"a", "aa_", {{2, "SELECT 1"}}}), ErrorCode::kInvalidArgument, "without holes");
    CHECK_ERROR((void)pool->open_for({"a", "aa_", {{1, "SELECT 1"}, {3, "SELECT 1"}}}), ErrorCode::kInvalidArgument,
                "number 3");
    CHECK_ERROR((void)pool->open_for({"a", "", {{1, "SELECT 1"}}}), ErrorCode::kInvalidArgument,
                "without a table prefix");
}

BOOST_AUTO_TEST_CASE(readers_that_were_open_before_a_migration_see_the_new_tables) {
    auto pool = open();
    auto db = pool->open_for(shop());
    count_items(*db);
    db = pool->open_for(shop({{2, "ALTER TABLE shop_item ADD COLUMN price INTEGER NOT NULL DEFAULT 5"}}));
    db->read("test.new", [](ReadTx& tx) { BOOST_TEST(!tx.prepare("SELECT price FROM shop_item").step()); });
    BOOST_TEST(count_items(*db) == 0);
    BOOST_TEST(pool->stats().read_open == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
