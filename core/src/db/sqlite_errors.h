// SQLite's result codes in Gatehouse's words. Private to the room.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>

#include <gatehouse/error.h>

namespace gatehouse::db {

// `doing` says what failed ("write camera.create"). Constraint -> kConflict; disk full, I/O, read-only, busy,
// interrupted
// -> kUnavailable; the rest -> kInternal.
Error sqlite_error(int extended_code, const std::string& message, const std::string& doing);
Error sqlite_error(sqlite3* handle, int code, const std::string& doing);

// Runs text of our own that gives no rows; Error as above.
void execute(sqlite3* handle, const char* sql, const std::string& doing);
// The first column of the first row of a statement of our own, 0 where there is none.
std::int64_t query_integer(sqlite3* handle, const char* sql, const std::string& doing);
std::string query_text(sqlite3* handle, const char* sql, const std::string& doing);

}  // namespace gatehouse::db
