#include "db_fixture.h"

using namespace db_test;

namespace {

struct Neighbours : Real {
    std::unique_ptr<DatabasePool> pool = open();
    std::unique_ptr<Database> core = pool->open_for({"core", "core_", {{1, R"(
        CREATE TABLE core_camera (id INTEGER PRIMARY KEY, name TEXT NOT NULL, password TEXT);
        CREATE VIEW v_camera AS SELECT id, name FROM core_camera;)"}}});
    std::unique_ptr<Database> db = pool->open_for(shop());
    std::unique_ptr<Database> rival =
        pool->open_for({"rival", "rival_", {{1, "CREATE TABLE rival_thing (id INTEGER PRIMARY KEY)"}}});

    void setup() {  // called by Boost.Test
        core->write("test.setup", Durability::kNormal,
                    [](WriteTx& tx) { tx.prepare("INSERT INTO core_camera VALUES (1, 'gate', 'secret')").run(); })
            .get();
    }

    // What the owner is told when it tries, in a write function, where everything is possible that ever is.
    std::string attempt(Database& who, gatehouse::Sql sql) {
        try {
            who.write("test.attempt", Durability::kNormal, [sql](WriteTx& tx) { tx.prepare(sql).run(); }).get();
        } catch (const Error& e) {
            return e.message();
        }
        return "allowed";
    }
    void expect_refused(Database& who, gatehouse::Sql sql, const std::string& part) {
        const auto answer = attempt(who, sql);
        BOOST_TEST(answer.find("may not " + part) != std::string::npos, sql.c_str() << " -> " << answer);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(authorizer, Neighbours)

BOOST_AUTO_TEST_CASE(a_plugin_writes_its_own_tables_and_nobody_elses) {
    BOOST_TEST(attempt(*db, "INSERT INTO shop_item VALUES (1, 'a')") == "allowed");
    BOOST_TEST(attempt(*db, "UPDATE shop_item SET name = 'b'") == "allowed");
    BOOST_TEST(attempt(*db, "DELETE FROM shop_item") == "allowed");
    expect_refused(*db, "INSERT INTO rival_thing VALUES (1)", "write rival_thing");
    expect_refused(*db, "DELETE FROM rival_thing", "write rival_thing");
    expect_refused(*db, "UPDATE core_camera SET name = 'x'", "write core_camera");
    expect_refused(*db, "INSERT INTO shop_item SELECT 1, password FROM core_camera", "read core_camera.password");
    BOOST_TEST(pool->stats().not_authorized == 4u);
}

BOOST_AUTO_TEST_CASE(a_plugin_reads_published_views_but_not_what_lies_behind_them) {
    const auto name = db->read("test.view", [](ReadTx& tx) {
        auto& query = tx.prepare(
            "SELECT v.name, (SELECT count(*) FROM v_camera) FROM v_camera v "
            "LEFT JOIN shop_item i ON i.id = v.id WHERE v.id = 1");
        return query.step() ? query.text(0) + query.text(1) : std::string();
    });
    BOOST_TEST(name == "gate1");
    const auto secret = [&] {
        db->read("test.secret", [](ReadTx& tx) { tx.prepare("SELECT password FROM core_camera").step(); });
    };
    CHECK_ERROR(secret(), ErrorCode::kInternal, "shop may not read core_camera.password");
    const auto guess = [&] {
        db->read("test.guess", [](ReadTx& tx) {
            tx.prepare(
                  "SELECT count(*) FROM v_camera v WHERE EXISTS (SELECT 1 FROM core_camera c WHERE c.password LIKE "
                  "'s%')")
                .step();
        });
    };
    CHECK_ERROR(guess(), ErrorCode::kInternal, "may not read core_camera.password");
    const auto schema = [&] {
        db->read("test.schema", [](ReadTx& tx) { tx.prepare("SELECT sql FROM sqlite_master").step(); });
    };
    CHECK_ERROR(schema(), ErrorCode::kInternal, "may not read sqlite_master");
}

BOOST_AUTO_TEST_CASE(a_permitted_statement_of_one_owner_does_not_serve_another_on_the_same_connection) {
    constexpr gatehouse::Sql kSecret = "SELECT password FROM core_camera";
    const auto read = [&](Database& who) {
        return who.read("test.shared", [&](ReadTx& tx) {
            auto& query = tx.prepare(kSecret);
            return query.step() ? query.text(0) : std::string();
        });
    };
    BOOST_TEST(read(*core) == "secret");
    CHECK_ERROR(read(*db), ErrorCode::kInternal, "may not read");
    BOOST_TEST(read(*core) == "secret");
    BOOST_TEST(pool->stats().read_open == 1u);
}

BOOST_AUTO_TEST_CASE(schema_pragma_attach_and_transaction_are_refused_at_runtime) {
    expect_refused(*db, "DROP TABLE shop_item", "");
    expect_refused(*db, "CREATE TABLE shop_more (id INTEGER)", "");
    expect_refused(*db, "CREATE TEMP TABLE shop_temp (id INTEGER)", "");
    expect_refused(*db, "ALTER TABLE shop_item ADD COLUMN price INTEGER", "make, alter or drop shop_item");
    expect_refused(*db, "CREATE INDEX shop_index ON shop_item (name)", "");
    expect_refused(*db, "PRAGMA journal_mode = DELETE", "use PRAGMA journal_mode");
    expect_refused(*db, "PRAGMA foreign_keys = OFF", "use PRAGMA foreign_keys");
    expect_refused(*db, "ATTACH 'other.db' AS other", "attach");
    BOOST_TEST(attempt(*db, "VACUUM INTO 'copy.db'") != "allowed");
    expect_refused(*db, "COMMIT", "control the transaction");
    expect_refused(*db, "SAVEPOINT mine", "control the transaction");
    expect_refused(*db, "RELEASE one", "control the transaction");
    expect_refused(*db, "SELECT load_extension('x')", "call load_extension");
    expect_refused(*db, "CREATE VIRTUAL TABLE shop_v USING fts5(a)", "");
    BOOST_TEST(attempt(*db, "INSERT INTO shop_item VALUES (1, 'still fine')") == "allowed");
}

BOOST_AUTO_TEST_CASE(the_outbox_and_the_schema_table_are_touched_by_nobody_but_the_pool) {
    for (auto* who : {db.get(), core.get()}) {
        expect_refused(*who,
                       "INSERT INTO core_outbox (at_us, source, type, subject, payload) VALUES (1, 'a', 'b', 'c', 'd')",
                       "write core_outbox");
        expect_refused(*who, "DELETE FROM core_outbox", "write core_outbox");
        expect_refused(*who, "DELETE FROM core_schema", "write core_schema");
        expect_refused(*who, "SELECT payload FROM core_outbox", "read core_outbox.payload");
    }
}

BOOST_AUTO_TEST_CASE(the_core_reads_its_own_secrets_and_no_plugins_tables) {
    BOOST_TEST(attempt(*core, "UPDATE core_camera SET password = 'other' WHERE password = 'secret'") == "allowed");
    expect_refused(*core, "SELECT name FROM shop_item", "read shop_item.name");
}

BOOST_AUTO_TEST_CASE(a_migration_makes_only_things_with_its_own_prefix) {
    const auto opening = [&](const char* sql) {
        return error_of([&] { (void)pool->open_for({"evil", "evil_", {{1, sql}}}); });
    };
    for (const char* sql : {
             "CREATE TABLE other_table (id INTEGER)",
             "CREATE TABLE core_evil (id INTEGER)",
             "DROP TABLE core_camera",
             "DROP VIEW v_camera",
             "ALTER TABLE core_camera ADD COLUMN x",
             "CREATE INDEX evil_index ON core_camera (name)",
             "CREATE VIEW v_everything AS SELECT * FROM core_camera",
             "CREATE TABLE evil_t (id INTEGER); CREATE TRIGGER evil_trigger AFTER INSERT ON core_camera BEGIN SELECT "
             "1; END",
             "CREATE TABLE evil_t AS SELECT password FROM core_camera",
             "INSERT INTO core_camera VALUES (9, 'x', 'y')",
             "ATTACH ':memory:' AS evil_other",
             "PRAGMA writable_schema = ON",
             "PRAGMA user_version = 99",
             "COMMIT",
             "CREATE TEMP TABLE evil_temp (id INTEGER)",
             "CREATE TABLE evil_t (camera INTEGER REFERENCES core_camera (id) ON DELETE CASCADE)",
         }) {
        const auto error = opening(sql);
        BOOST_TEST(says(error, "evil may not"), sql << " -> " << error.message());
    }
    // Nothing of it has stayed, so the same number may be tried again.
    auto good = pool->open_for({"evil", "evil_", {{1, "CREATE TABLE evil_t (id INTEGER PRIMARY KEY)"}}});
    BOOST_TEST(attempt(*good, "INSERT INTO evil_t VALUES (1)") == "allowed");
}

BOOST_AUTO_TEST_CASE(a_plugins_published_view_shows_its_own_tables_only) {
    auto evil = pool->open_for({"evil", "evil_", {{1, R"(
        CREATE TABLE evil_t (id INTEGER PRIMARY KEY);
        CREATE VIEW v_evil_good AS SELECT id FROM evil_t;
        CREATE VIEW v_evil_steal AS SELECT password FROM core_camera;
        CREATE VIEW evil_own AS SELECT password FROM core_camera;
        CREATE TRIGGER evil_trigger AFTER INSERT ON evil_t BEGIN UPDATE core_camera SET password = 'known'; END;)"}}});
    const auto read = [](Database& who, gatehouse::Sql sql) {
        who.read("test.view", [&](ReadTx& tx) { tx.prepare(sql).step(); });
    };
    read(*evil, "SELECT id FROM v_evil_good");
    read(*db, "SELECT id FROM v_evil_good");
    CHECK_ERROR(read(*evil, "SELECT password FROM v_evil_steal"), ErrorCode::kInternal, "may not read core_camera");
    CHECK_ERROR(read(*evil, "SELECT password FROM evil_own"), ErrorCode::kInternal, "may not read core_camera");
    expect_refused(*evil, "INSERT INTO evil_t VALUES (1)", "write core_camera");
}

BOOST_AUTO_TEST_CASE(a_view_of_a_plugin_that_is_no_longer_loaded_does_not_pass_for_one_of_the_core) {
    (void)pool->open_for({"evil", "evil_", {{1, "CREATE VIEW v_evil_steal AS SELECT password FROM core_camera"}}});
    rival.reset();
    db.reset();
    core.reset();
    pool.reset();
    pool = open();
    db = pool->open_for(shop());
    CHECK_ERROR(db->read("test.view", [](ReadTx& tx) { tx.prepare("SELECT password FROM v_evil_steal").step(); }),
                ErrorCode::kInternal, "may not read core_camera");
}

BOOST_AUTO_TEST_CASE(json_functions_and_ordinary_ones_are_allowed) {
    BOOST_TEST(attempt(*db, "SELECT value, lower('A'), count(*) FROM json_each('[1,2]')") == "allowed");
    BOOST_TEST(
        attempt(*db,
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5) SELECT sum(x) FROM n") ==
        "allowed");
}

BOOST_AUTO_TEST_CASE(prefixes_that_collide_or_are_reserved_are_refused) {
    const auto opening = [&](const std::string& name, const std::string& prefix) {
        (void)pool->open_for({name, prefix, {}});
    };
    CHECK_ERROR(opening("copy", "shop_"), ErrorCode::kConflict, "collides with shop_ of shop");
    CHECK_ERROR(opening("copy", "shop_sub_"), ErrorCode::kConflict, "collides");
    CHECK_ERROR(opening("copy", "core_"), ErrorCode::kInvalidArgument, "core_");
    CHECK_ERROR(opening("copy", "core_x_"), ErrorCode::kInvalidArgument, "reserved");
    CHECK_ERROR(opening("copy", "v_"), ErrorCode::kInvalidArgument, "");
    CHECK_ERROR(opening("copy", "sqlite_"), ErrorCode::kInvalidArgument, "reserved");
    CHECK_ERROR(opening("copy", "Bad_"), ErrorCode::kInvalidArgument, "prefix");
    CHECK_ERROR(opening("copy", "bad"), ErrorCode::kInvalidArgument, "prefix");
    CHECK_ERROR(opening("core", "other_"), ErrorCode::kInvalidArgument, "core_");
    CHECK_ERROR(opening("a\nb", "ok_"), ErrorCode::kInvalidArgument, "name");
    opening("no-tables", "");
}

BOOST_AUTO_TEST_SUITE_END()
