#include "db/migrations.h"

#include <Poco/DigestEngine.h>
#include <Poco/SHA2Engine.h>

#include <map>

#include "db/sqlite_errors.h"
#include "db/transaction.h"

namespace gatehouse::db {
namespace {

constexpr StatementDeadlines kNoHurry{std::chrono::hours(24), std::chrono::hours(24)};

std::string sha256(const std::string& text) {
    Poco::SHA2Engine engine(Poco::SHA2Engine::SHA_256);
    engine.update(text);
    return Poco::DigestEngine::digestToHex(engine.digest());
}

std::map<std::int32_t, std::string> applied(Connection& connection, const std::string& owner) {
    std::map<std::int32_t, std::string> result;
    ReadTransaction tx(connection, "core.migrate", kNoHurry);
    auto& query = tx.prepare("SELECT number, sha256 FROM core_schema WHERE owner = ? ORDER BY number");
    query.bind(1, owner);
    while (query.step()) result[static_cast<std::int32_t>(query.integer(0))] = query.text(1);
    return result;
}

void record(Connection& connection, const std::string& owner, const DbMigration& migration) {
    ReadTransaction tx(connection, "core.migrate", kNoHurry);
    tx.prepare("INSERT INTO core_schema (owner, number, applied_at_us, sha256) VALUES (?, ?, ?, ?)")
        .bind(1, owner)
        .bind(2, migration.number)
        .bind(3, connection.clock().utc_now().us)
        .bind(4, sha256(migration.sql))
        .run();
}

void record_owner(Connection& connection, const DbIdentity& identity) {
    if (identity.table_prefix.empty() || identity.table_prefix == kCorePrefix) return;
    ReadTransaction tx(connection, "core.migrate", kNoHurry);
    tx.prepare("INSERT INTO core_owner (table_prefix, owner) VALUES (?, ?) ON CONFLICT DO NOTHING")
        .bind(1, identity.table_prefix)
        .bind(2, identity.name)
        .run();
}

// A foreign key into another owner's table would need rights its owner does not have, and would bind that other owner's
// deletions to them.
void check_foreign_keys(Connection& connection, const Access& access, const std::string& doing) {
    ReadTransaction tx(connection, "core.migrate", kNoHurry);
    auto& query = tx.prepare(
        "SELECT m.name, f.\"table\" FROM sqlite_master m, pragma_foreign_key_list(m.name) f "
        "WHERE m.type = 'table' AND substr(m.name, 1, length(?1)) = ?1 "
        "AND substr(f.\"table\", 1, length(?1)) <> ?1");
    query.bind(1, access.prefix);
    if (query.step())
        throw Error(ErrorCode::kInternal, doing + ": " + access.owner + " may not bind " + query.text(0) + " to " +
                                              query.text(1) + " by a foreign key; it belongs to another owner");
}

void apply(Connection& connection, const std::string& owner, const DbMigration& migration, const Access& access) {
    const std::string doing = "migration " + std::to_string(migration.number) + " of " + owner;
    sqlite3* handle = connection.handle();
    execute(handle, "BEGIN IMMEDIATE", doing);
    try {
        {
            Access migrating = access;
            migrating.phase = Access::Phase::kMigration;
            const Connection::Acting acting(connection, migrating);
            const int code = sqlite3_exec(handle, migration.sql.c_str(), nullptr, nullptr, nullptr);
            if (code != SQLITE_OK) throw connection.failure(code, doing);
        }
        check_foreign_keys(connection, access, doing);
        record(connection, owner, migration);
        const int code = sqlite3_exec(handle, "COMMIT", nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) throw connection.failure(code, doing);
    } catch (...) {
        if (sqlite3_get_autocommit(handle) == 0) sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
        throw;
    }
}

}  // namespace

void load_prefixes(Connection& connection, Prefixes& prefixes) {
    ReadTransaction tx(connection, "core.migrate", kNoHurry);
    auto& query = tx.prepare("SELECT owner, table_prefix FROM core_owner");
    while (query.step()) prefixes.claim(query.text(0), query.text(1));
}

void check_numbering(const DbIdentity& identity) {
    std::int32_t expected = 1;
    for (const auto& migration : identity.migrations) {
        if (migration.number != expected)
            throw Error(ErrorCode::kInvalidArgument,
                        "migrations of " + identity.name + ": number " + std::to_string(migration.number) + " where " +
                            std::to_string(expected) + " was expected; they rise from 1 without holes");
        ++expected;
    }
    if (!identity.migrations.empty() && identity.table_prefix.empty())
        throw Error(ErrorCode::kInvalidArgument, "migrations of " + identity.name + " without a table prefix");
}

void migrate(Connection& connection, const DbIdentity& identity, const Access& access, Poco::Logger& logger) {
    const auto done = applied(connection, identity.name);
    const auto known = static_cast<std::int32_t>(identity.migrations.size());
    if (!done.empty() && done.rbegin()->first > known)
        throw Error(ErrorCode::kConflict,
                    "the tables of " + identity.name + " were made by a newer version (migration " +
                        std::to_string(done.rbegin()->first) + ", this one knows " + std::to_string(known) +
                        "); install the newer version or restore a backup");
    record_owner(connection, identity);
    for (const auto& migration : identity.migrations) {
        const auto before = done.find(migration.number);
        if (before == done.end()) {
            apply(connection, identity.name, migration, access);
            logger.information("[ConnectionPool] Migration " + std::to_string(migration.number) + " of " +
                               identity.name + " done");
        } else if (before->second != sha256(migration.sql)) {
            logger.warning("[ConnectionPool] Migration " + std::to_string(migration.number) + " of " + identity.name +
                           " has another text than the one that was run; it is not run again");
        }
    }
}

}  // namespace gatehouse::db
