#include "db/sqlite_errors.h"

#include <memory>

namespace gatehouse::db {
namespace {

struct Meaning {
    ErrorCode code;
    const char* hint;  // put before SQLite's own message
};

Meaning meaning_of(int primary_code) {
    switch (primary_code) {
        case SQLITE_CONSTRAINT:
            return {ErrorCode::kConflict, ""};
        case SQLITE_FULL:
            return {ErrorCode::kUnavailable, "disk full: make room on the disk of the database; "};
        case SQLITE_IOERR:
            return {ErrorCode::kUnavailable, "the disk of the database refuses to work (full, broken or gone); "};
        case SQLITE_READONLY:
            return {ErrorCode::kUnavailable, "the database cannot be written; "};
        case SQLITE_CANTOPEN:
            return {ErrorCode::kUnavailable, "the database file cannot be opened; "};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {ErrorCode::kUnavailable, "the database is locked by somebody else; "};
        case SQLITE_INTERRUPT:
            return {ErrorCode::kUnavailable, "interrupted past its deadline; "};
        case SQLITE_NOMEM:
            return {ErrorCode::kUnavailable, "out of memory; "};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {ErrorCode::kInternal, "the database file is damaged or no database, restore a backup; "};
        default:
            return {ErrorCode::kInternal, ""};
    }
}

using StatementHandle = std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)>;

StatementHandle first_row(sqlite3* handle, const char* sql, const std::string& doing) {
    sqlite3_stmt* raw = nullptr;
    const int prepared = sqlite3_prepare_v2(handle, sql, -1, &raw, nullptr);
    StatementHandle statement(raw, sqlite3_finalize);
    if (prepared != SQLITE_OK) throw sqlite_error(handle, prepared, doing);
    const int stepped = sqlite3_step(raw);
    if (stepped == SQLITE_ROW) return statement;
    if (stepped != SQLITE_DONE) throw sqlite_error(handle, stepped, doing);
    return {nullptr, sqlite3_finalize};
}

}  // namespace

Error sqlite_error(int extended_code, const std::string& message, const std::string& doing) {
    const Meaning meaning = meaning_of(extended_code & 0xff);
    return {meaning.code, doing + ": " + meaning.hint + message};
}

Error sqlite_error(sqlite3* handle, int code, const std::string& doing) {
    const int extended = handle && sqlite3_errcode(handle) == (code & 0xff) ? sqlite3_extended_errcode(handle) : code;
    return sqlite_error(extended, handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code), doing);
}

void execute(sqlite3* handle, const char* sql, const std::string& doing) {
    const int code = sqlite3_exec(handle, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw sqlite_error(handle, code, doing);
}

std::int64_t query_integer(sqlite3* handle, const char* sql, const std::string& doing) {
    const auto row = first_row(handle, sql, doing);
    return row ? sqlite3_column_int64(row.get(), 0) : 0;
}

std::string query_text(sqlite3* handle, const char* sql, const std::string& doing) {
    const auto row = first_row(handle, sql, doing);
    if (!row) return {};
    const auto* text = sqlite3_column_text(row.get(), 0);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(row.get(), 0));
    return text ? std::string(reinterpret_cast<const char*>(text), size) : std::string();
}

}  // namespace gatehouse::db
