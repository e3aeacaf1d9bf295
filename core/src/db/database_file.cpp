#include "db/database_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/file.h"
#include "db/file_system_probe.h"
#include "db/sqlite_errors.h"

namespace gatehouse::db {
namespace {

// "GTHS"; marks the file as ours (PRAGMA application_id).
constexpr std::int64_t kApplicationId = 0x47544853;

constexpr const char* kPoolTables = R"(
-- Migrations that have been run, one row each.
CREATE TABLE core_schema (
    owner         TEXT NOT NULL,      -- plugin, or "core"
    number        INTEGER NOT NULL,
    applied_at_us INTEGER NOT NULL,   -- UTC microseconds
    sha256        TEXT NOT NULL,      -- of the SQL text
    PRIMARY KEY (owner, number)
) WITHOUT ROWID, STRICT;
-- Every table prefix that was ever given away.
CREATE TABLE core_owner (
    table_prefix TEXT NOT NULL PRIMARY KEY,
    owner        TEXT NOT NULL
) WITHOUT ROWID, STRICT;
-- Facts that wait for their durable subscribers.
CREATE TABLE core_outbox (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,  -- rises by commit order
    at_us   INTEGER NOT NULL,                   -- UTC microseconds
    source  TEXT NOT NULL,
    type    TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload TEXT NOT NULL                       -- JSON
) STRICT;
-- How far each durable subscriber has come.
CREATE TABLE core_outbox_cursor (
    owner        TEXT NOT NULL,
    name         TEXT NOT NULL,
    type_prefix  TEXT NOT NULL,
    position     INTEGER NOT NULL,              -- id of the last fact that is done
    last_seen_us INTEGER NOT NULL,              -- UTC microseconds; when the subscriber was last there
    PRIMARY KEY (owner, name)
) WITHOUT ROWID, STRICT;
)";

[[noreturn]] void refuse(ErrorCode code, const std::string& path, const std::string& why) {
    throw Error(code, "database " + path + ": " + why);
}

void check_place(const DbOptions& options) {
    const std::filesystem::path path(options.path);
    if (!path.is_absolute()) refuse(ErrorCode::kInvalidArgument, options.path, "db.path must be absolute");
    const std::string directory = path.parent_path();
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0)
        refuse(ErrorCode::kUnavailable, options.path, "directory " + directory + ": " + errno_text(errno));
    if (!S_ISDIR(status.st_mode)) refuse(ErrorCode::kUnavailable, options.path, directory + " is not a directory");
    const auto probe = options.network_file_system ? options.network_file_system : network_file_system;
    if (const auto network = probe(directory))
        refuse(ErrorCode::kUnavailable, options.path,
               "it lies on a network file system (" + *network +
                   "), where SQLite loses data; set db.path to a local disk");
    if (::access(directory.c_str(), W_OK | X_OK) != 0)
        refuse(
            ErrorCode::kUnavailable, options.path,
            "directory " + directory + " cannot be written (" + errno_text(errno) + "); check owner, mode and mount");
    if (::stat(options.path.c_str(), &status) != 0) return;
    if (!S_ISREG(status.st_mode)) refuse(ErrorCode::kUnavailable, options.path, "it is not a regular file");
    if (::access(options.path.c_str(), R_OK | W_OK) != 0)
        refuse(ErrorCode::kUnavailable, options.path,
               "the file cannot be written (" + errno_text(errno) + "); check owner, mode and mount");
}

std::unique_ptr<LockFile> lock(const std::string& path) {
    try {
        return std::make_unique<LockFile>(path + ".lock");
    } catch (const Error& e) {
        if (e.error_code() == ErrorCode::kConflict)
            refuse(ErrorCode::kConflict, path, "another gatehoused uses it (" + e.message() + "); stop it first");
        refuse(ErrorCode::kUnavailable, path, e.message());
    }
}

void use_wal(sqlite3* handle, const std::string& path) {
    if (sqlite3_db_readonly(handle, "main") != 0)
        refuse(ErrorCode::kUnavailable, path, "the file cannot be written; check owner, mode and mount");
    const auto mode = query_text(handle, "PRAGMA journal_mode = WAL", "database " + path);
    if (mode != "wal")
        refuse(ErrorCode::kUnavailable, path,
               "its file system does not support SQLite's WAL mode (got '" + mode + "')");
    execute(handle, "PRAGMA journal_size_limit = 67108864", "database " + path);
}

void check_or_create(Connection& connection, const std::string& path) {
    sqlite3* handle = connection.handle();
    const std::string doing = "database " + path;
    // Reads the header and the schema, so that a foreign or damaged file is found before it is written to.
    const auto objects = query_integer(handle, "SELECT count(*) FROM sqlite_master", doing);
    const auto application = query_integer(handle, "PRAGMA application_id", doing);
    const auto format = query_integer(handle, "PRAGMA user_version", doing);
    if (application != kApplicationId && (application != 0 || objects != 0 || format != 0))
        refuse(ErrorCode::kInternal, path,
               "it is an SQLite database of another program; set db.path to Gatehouse's own");
    if (format > kFormat)
        refuse(ErrorCode::kConflict, path,
               "it was written by a newer Gatehouse (format " + std::to_string(format) + ", this program knows " +
                   std::to_string(kFormat) + "); install the newer version or restore a backup");
    use_wal(handle, path);
    if (format == kFormat) return;
    const std::string sql = "BEGIN IMMEDIATE;" + std::string(kPoolTables) +
                            "PRAGMA application_id = " + std::to_string(kApplicationId) +
                            "; PRAGMA user_version = " + std::to_string(kFormat) + "; COMMIT";
    execute(handle, sql.c_str(), doing);
}

}  // namespace

DatabaseFile open_database_file(const DbOptions& options, const Clock& clock, Counters& counters) {
    check_place(options);
    DatabaseFile file;
    file.lock = lock(options.path);
    file.writer = std::make_unique<Connection>(ConnectionOptions{options.path, true, true, options.statement_cache},
                                               clock, counters);
    check_or_create(*file.writer, options.path);
    return file;
}

}  // namespace gatehouse::db
