#include "db/connection.h"

#include <SQLiteCpp/Exception.h>

#include <thread>
#include <utility>

#include "db/sqlite_errors.h"

namespace gatehouse::db {
namespace {

// How often SQLite asks whether to go on, in virtual machine steps; about ten thousand times a second.
constexpr int kStepsBetweenLooks = 1000;
// A reader that catches the log's header half written takes the write lock for a moment to look again (walIndexReadHdr
// in SQLite's wal.c), and the writer that comes just then waits; nothing else in this pool makes a connection wait.
// About 5 s.
constexpr int kBusyTries = 500;

Access internal_access() {
    Access access;
    access.owner = "core";
    access.phase = Access::Phase::kInternal;
    return access;
}

std::unique_ptr<SQLite::Database> open(const ConnectionOptions& options) {
    const int flags = SQLITE_OPEN_NOMUTEX | (options.writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
                      (options.create ? SQLITE_OPEN_CREATE : 0);
    try {
        return std::make_unique<SQLite::Database>(options.path, flags);
    } catch (const SQLite::Exception& e) {
        throw sqlite_error(e.getExtendedErrorCode(), e.what(), "open " + options.path);
    }
}

std::string_view view_of(const char* text) { return text ? std::string_view(text) : std::string_view(); }

// Comments and blanks may follow a statement, another statement may not.
bool more_follows(sqlite3* handle, const char* tail) {
    while (tail && *tail) {
        sqlite3_stmt* next = nullptr;
        const char* end = nullptr;
        const int code = sqlite3_prepare_v2(handle, tail, -1, &next, &end);
        const StatementHandle owned(next);
        if (code != SQLITE_OK || next) return true;
        if (end == tail) return false;
        tail = end;
    }
    return false;
}

}  // namespace

Connection::Connection(const ConnectionOptions& options, const Clock& clock, Counters& counters)
    : clock_(clock),
      counters_(counters),
      internal_(internal_access()),
      access_(&internal_),
      database_(open(options)),
      statements_(options.statement_cache) {
    sqlite3_extended_result_codes(handle(), 1);
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_busy_handler(handle(), &Connection::on_busy, this);
    sqlite3_progress_handler(handle(), kStepsBetweenLooks, &Connection::on_progress, this);
    sqlite3_set_authorizer(handle(), &Connection::on_authorize, this);
    execute(handle(), "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON",
            "open " + options.path);
    // The first use of a table-valued function declares it, which an owner may not do.
    query_integer(handle(), "SELECT count(*) FROM json_each('[]') JOIN json_tree('[]')", "open " + options.path);
    if (!options.writable) execute(handle(), "PRAGMA query_only = ON", "open " + options.path);
}

Connection::~Connection() = default;

sqlite3_stmt* Connection::prepare(const char* sql) {
    const int owner = access_->id;
    if (sqlite3_stmt* kept = statements_.find(owner, sql)) return kept;
    refused_.clear();
    sqlite3_stmt* raw = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v3(handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, &tail);
    StatementHandle statement(raw);
    if (code != SQLITE_OK) throw failure(code, "prepare");
    if (!statement) throw Error(ErrorCode::kInternal, access_->owner + ": an SQL text without a statement");
    if (more_follows(handle(), tail))
        throw Error(ErrorCode::kInternal, access_->owner + ": one SQL text must hold one statement: " + sql);
    return statements_.add(owner, sql, std::move(statement));
}

Error Connection::note_disk_trouble(Error error) {
    disk_trouble_ = error.message();
    return error;
}

Error Connection::failure(int code, const std::string& doing) {
    const std::string refused = std::exchange(refused_, {});
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            ++counters_.busy_errors;
            break;
        case SQLITE_INTERRUPT:
            ++counters_.interrupted;
            break;
        case SQLITE_FULL:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
            return note_disk_trouble(sqlite_error(handle(), code, doing));
        case SQLITE_IOERR:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            suspect_ = true;
            return note_disk_trouble(sqlite_error(handle(), code, doing));
        case SQLITE_AUTH: {
            ++counters_.not_authorized;
            const auto what = refused.empty() ? std::string(sqlite3_errmsg(handle())) : refused;
            return {ErrorCode::kInternal, doing + ": " + access_->owner + " may not " + what};
        }
        // The authorizer's "no" inside a nested statement of SQLite's own comes out as a plain error.
        case SQLITE_ERROR:
            if (refused.empty()) break;
            ++counters_.not_authorized;
            return {ErrorCode::kInternal, doing + ": " + access_->owner + " may not " + refused};
        default:
            break;
    }
    return sqlite_error(handle(), code, doing);
}

int Connection::on_authorize(void* self, int action, const char* first, const char* second, const char* database,
                             const char* inner) {
    auto& me = *static_cast<Connection*>(self);
    auto refused = refusal(*me.access_, {action, view_of(first), view_of(second), view_of(database), view_of(inner)});
    if (!refused) return SQLITE_OK;
    me.refused_ = std::move(*refused);
    return SQLITE_DENY;
}

int Connection::on_progress(void* self) {
    const auto& me = *static_cast<Connection*>(self);
    if (me.deadline_ == MonotonicTime::max()) return 0;
    return me.clock_.monotonic_now() > me.deadline_ ? 1 : 0;
}

bool Connection::checkpoint(std::chrono::milliseconds patience) {
    const bool restart = patience.count() > 0;
    if (restart) patient_until_ = std::chrono::steady_clock::now() + patience;
    int log = 0, written = 0;
    const int mode = restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
    const int code = sqlite3_wal_checkpoint_v2(handle(), nullptr, mode, &log, &written);
    patient_until_.reset();
    return code == SQLITE_OK && (restart || log == 0);
}

int Connection::on_busy(void* self, int times) {
    auto& me = *static_cast<Connection*>(self);
    if (me.patient_until_) {
        // Waiting for readers to leave the log is what was asked for, not contention.
        if (std::chrono::steady_clock::now() >= *me.patient_until_) return 0;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return 1;
    }
    ++me.counters_.busy_waits;
    if (times >= kBusyTries) return 0;
    std::this_thread::sleep_for(times < 10 ? std::chrono::microseconds(100) : std::chrono::milliseconds(10));
    return 1;
}

}  // namespace gatehouse::db
