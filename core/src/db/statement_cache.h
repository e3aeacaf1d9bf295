// Prepared statements of one connection, kept per owner and text. Private to the room.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gatehouse::db {

struct StatementDeleter {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, StatementDeleter>;

// Not thread-safe; belongs to its connection. The least recently used statement goes first.
class StatementCache {
public:
    explicit StatementCache(std::size_t capacity) : capacity_(capacity) {}

    // Null where there is none.
    sqlite3_stmt* find(int owner, std::string_view sql);
    sqlite3_stmt* add(int owner, std::string_view sql, StatementHandle statement);
    // Down to the capacity. Called between transactions, so that nothing in use is finalized.
    void trim();

private:
    struct Kept {
        int owner;
        std::string sql;
        StatementHandle statement;
    };
    struct Key {
        int owner;
        std::string_view sql;  // of the kept statement
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const {
            return std::hash<std::string_view>{}(key.sql) ^ (static_cast<std::size_t>(key.owner) << 1);
        }
    };

    std::size_t capacity_;
    std::list<Kept> kept_;  // most recently used first
    std::unordered_map<Key, std::list<Kept>::iterator, KeyHash> table_;
};

}  // namespace gatehouse::db
