// One SQLite connection with its authorizer, deadline and statement cache. Private to the room.
#pragma once

#include <SQLiteCpp/Database.h>
#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gatehouse/clock.h>
#include <gatehouse/error.h>

#include "db/access.h"
#include "db/counters.h"
#include "db/statement_cache.h"

namespace gatehouse::db {

struct ConnectionOptions {
    std::string path;
    bool writable = false;
    bool create = false;
    std::size_t statement_cache = 128;
};

// One user at a time (opened with SQLITE_OPEN_NOMUTEX).
class Connection {
public:
    // Error(kUnavailable | kInternal) where the file cannot be opened.
    Connection(const ConnectionOptions& options, const Clock& clock, Counters& counters);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    sqlite3* handle() const { return database_->getHandle(); }
    SQLite::Database& database() { return *database_; }
    Counters& counters() { return counters_; }
    const Clock& clock() const { return clock_; }

    // Until the end of its life statements are prepared and run in somebody's name; without one, in the pool's own.
    class Acting {
    public:
        Acting(Connection& connection, const Access& access) : connection_(connection), before_(connection.access_) {
            connection_.access_ = &access;
        }
        ~Acting() { connection_.access_ = before_; }
        Acting(const Acting&) = delete;
        Acting& operator=(const Acting&) = delete;

    private:
        Connection& connection_;
        const Access* before_;
    };
    const Access& access() const { return *access_; }

    // A statement ready to be bound, from the cache or new. Error(kInternal) where the text is wrong, holds more than
    // one statement, or is refused by the authorizer.
    sqlite3_stmt* prepare(const char* sql);
    // What is running is interrupted when the clock passes `at`.
    void set_deadline(MonotonicTime at) { deadline_ = at; }
    void clear_deadline() { deadline_ = MonotonicTime::max(); }
    // Writes the log back into the database, and starts it anew (RESTART) if readers that still use it leave within
    // `patience`; 0 does what is possible without waiting (PASSIVE). True when the log is empty or begins anew.
    bool checkpoint(std::chrono::milliseconds patience);
    // Statements that were handed out are no longer used.
    void end_of_use() { statements_.trim(); }
    // What SQLite answered, as an Error that names owner and label; counts busy, interrupted and refused.
    Error failure(int code, const std::string& doing);
    // True after an answer that casts doubt on this connection; it should not go back to the pool.
    bool suspect() const { return suspect_; }
    // Why the disk did not take what was written, since the last call; empty where it did.
    std::string take_disk_trouble() { return std::exchange(disk_trouble_, {}); }

private:
    Error note_disk_trouble(Error error);
    static int on_authorize(void* self, int action, const char* first, const char* second, const char* database,
                            const char* inner);
    static int on_progress(void* self);
    static int on_busy(void* self, int times);

    const Clock& clock_;
    Counters& counters_;
    const Access internal_;
    const Access* access_;
    std::string refused_;
    MonotonicTime deadline_ = MonotonicTime::max();
    std::optional<std::chrono::steady_clock::time_point> patient_until_;  // a checkpoint waits for readers
    bool suspect_ = false;
    std::string disk_trouble_;
    std::unique_ptr<SQLite::Database> database_;
    StatementCache statements_;
};

}  // namespace gatehouse::db
