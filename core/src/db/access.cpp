#include "db/access.h"

#include <gatehouse/error.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>

namespace gatehouse::db {
namespace {

// Tables of the pool itself, which not even the core's rooms touch.
constexpr std::array<std::string_view, 4> kPoolTables = {"core_schema", "core_owner", "core_outbox",
                                                         "core_outbox_cursor"};

bool is_pool_table(std::string_view table) {
    return std::find(kPoolTables.begin(), kPoolTables.end(), table) != kPoolTables.end();
}

bool owns(const Access& access, std::string_view table) {
    return !access.prefix.empty() && table.starts_with(access.prefix) && !is_pool_table(table);
}

// "v_hls_sessions" of "hls_"; the core's own are the ones behind which no plugin's prefix stands.
bool owns_view(const Access& access, std::string_view view) {
    if (owns(access, view)) return true;
    if (!view.starts_with(kViewPrefix) || access.prefix.empty()) return false;
    return access.prefixes->prefix_behind_view(view) == access.prefix;
}

// Indexes that SQLite makes for PRIMARY KEY and UNIQUE: sqlite_autoindex_<table>_<n>.
bool owns_index(const Access& access, std::string_view index) {
    constexpr std::string_view kAutomatic = "sqlite_autoindex_";
    return owns(access, index.starts_with(kAutomatic) ? index.substr(kAutomatic.size()) : index);
}

bool may_read(const Access& access, const Question& q) {
    const std::string_view table = q.first;
    if (table.starts_with(kViewPrefix) || owns(access, table)) return true;
    if (table == "json_each" || table == "json_tree") return true;
    // No column: only how many rows there are. SQLite asks so for a view that it has merged into the query.
    if (q.second.empty() && !table.starts_with("sqlite_")) return true;
    if (!q.inner.starts_with(kViewPrefix)) return false;
    return table.starts_with(access.prefixes->prefix_behind_view(q.inner)) && !is_pool_table(table);
}

bool may_at_runtime(const Access& access, const Question& q) {
    switch (q.action) {
        case SQLITE_SELECT:
        case SQLITE_RECURSIVE:
            return true;
        case SQLITE_FUNCTION:
            return q.second != "load_extension" && q.second != "fts3_tokenizer";
        case SQLITE_READ:
            return may_read(access, q);
        case SQLITE_INSERT:
        case SQLITE_UPDATE:
        case SQLITE_DELETE:
            return q.database == "main" && owns(access, q.first);
        default:
            return false;
    }
}

bool is_schema_table(std::string_view table) {
    return table == "sqlite_master" || table == "sqlite_schema" || table == "sqlite_sequence" ||
           table == "sqlite_temp_master";
}

bool may_in_migration(const Access& access, const Question& q) {
    switch (q.action) {
        case SQLITE_CREATE_TABLE:
            return owns(access, q.first) || q.first == "sqlite_sequence";
        case SQLITE_DROP_TABLE:
            return owns(access, q.first);
        case SQLITE_ALTER_TABLE:
            return owns(access, q.second);
        case SQLITE_CREATE_INDEX:
        case SQLITE_DROP_INDEX:
        case SQLITE_CREATE_TRIGGER:
        case SQLITE_DROP_TRIGGER:
            return owns_index(access, q.first) && (owns(access, q.second) || owns_view(access, q.second));
        case SQLITE_CREATE_VIEW:
        case SQLITE_DROP_VIEW:
            return owns_view(access, q.first);
        case SQLITE_REINDEX:
            return owns_index(access, q.first);
        // SQLite itself writes these in the course of CREATE, ALTER and DROP; a statement that names them is refused by
        // SQLite. Dropping a view asks for DELETE of its name.
        case SQLITE_READ:
        case SQLITE_INSERT:
        case SQLITE_UPDATE:
        case SQLITE_DELETE:
            if (is_schema_table(q.first)) return true;
            if (q.action == SQLITE_DELETE && owns_view(access, q.first)) return true;
            return may_at_runtime(access, q);
        default:
            return may_at_runtime(access, q);
    }
}

std::string describe(const Question& q) {
    const auto column = q.second.empty() ? std::string() : "." + std::string(q.second);
    switch (q.action) {
        case SQLITE_READ:
            return "read " + std::string(q.first) + column;
        case SQLITE_INSERT:
        case SQLITE_UPDATE:
        case SQLITE_DELETE:
            return "write " + std::string(q.first);
        case SQLITE_ATTACH:
        case SQLITE_DETACH:
            return "attach or detach a database";
        case SQLITE_PRAGMA:
            return "use PRAGMA " + std::string(q.first);
        case SQLITE_TRANSACTION:
        case SQLITE_SAVEPOINT:
            return "control the transaction";
        case SQLITE_FUNCTION:
            return "call " + std::string(q.second);
        default:
            return "make, alter or drop " + std::string(q.action == SQLITE_ALTER_TABLE ? q.second : q.first);
    }
}

bool overlap(std::string_view a, std::string_view b) { return a.starts_with(b) || b.starts_with(a); }

}  // namespace

void Prefixes::claim(const std::string& owner, const std::string& prefix) {
    if (prefix.empty() || prefix == kCorePrefix) return;
    const std::lock_guard lock(mutex_);
    for (const auto& [taken, holder] : owner_by_prefix_) {
        if (holder != owner && overlap(taken, prefix))
            throw Error(ErrorCode::kConflict,
                        "table prefix " + prefix + " of " + owner + " collides with " + taken + " of " + holder);
    }
    owner_by_prefix_[prefix] = owner;
}

std::string Prefixes::prefix_behind_view(std::string_view view) const {
    view.remove_prefix(std::min(view.size(), kViewPrefix.size()));
    const std::lock_guard lock(mutex_);
    for (const auto& [prefix, owner] : owner_by_prefix_) {
        if (view.starts_with(prefix)) return prefix;
    }
    return std::string(kCorePrefix);
}

bool is_core_owner(std::string_view owner) { return owner == "core" || owner == "catalogue" || owner == "accounts"; }

void check_identity(const std::string& owner, const std::string& prefix) {
    const auto word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    const auto refuse = [&](const std::string& why) {
        throw Error(ErrorCode::kInvalidArgument,
                    "database identity '" + owner + "' with prefix '" + prefix + "': " + why);
    };
    const bool good_owner =
        !owner.empty() && owner.size() <= 64 &&
        std::all_of(owner.begin(), owner.end(), [&](char c) { return word(c) || c == '-' || c == '_'; });
    if (!good_owner) refuse("the name must be made of a-z, 0-9, - and _");
    if (prefix.empty()) return;
    const bool good_prefix = prefix.size() >= 3 && prefix.size() <= 32 && prefix.front() >= 'a' &&
                             prefix.front() <= 'z' && prefix.back() == '_' &&
                             std::all_of(prefix.begin(), prefix.end(), [&](char c) { return word(c) || c == '_'; });
    if (!good_prefix) refuse("a table prefix is two or more of a-z, 0-9 and _, ends with _ and begins with a letter");
    if (overlap(prefix, "sqlite_") || prefix.starts_with(kViewPrefix)) refuse("this prefix is reserved");
    if (is_core_owner(owner) != (prefix == kCorePrefix)) refuse("core_ belongs to core, catalogue and accounts alone");
    if (!is_core_owner(owner) && overlap(prefix, kCorePrefix)) refuse("this prefix is reserved for the core");
}

std::optional<std::string> refusal(const Access& access, const Question& question) {
    if (access.phase == Access::Phase::kInternal) return std::nullopt;
    const bool allowed = access.phase == Access::Phase::kMigration ? may_in_migration(access, question)
                                                                   : may_at_runtime(access, question);
    if (allowed) return std::nullopt;
    return describe(question);
}

}  // namespace gatehouse::db
