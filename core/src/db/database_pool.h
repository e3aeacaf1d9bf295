// The one SQLite database of the gateway: one writer thread, pooled readers, migrations, outbox, backup.
#pragma once

#include <Poco/Logger.h>

#include <memory>
#include <string>

#include <gatehouse/clock.h>
#include <gatehouse/db.h>
#include <gatehouse/metrics.h>

#include "db/db_types.h"
#include "exec/worker_pool.h"

namespace gatehouse::db {

// Thread-safe. Opening refuses, with a text that says what to do: a network file system, a file or directory that
// cannot be written, a damaged or foreign file, a database newer than the program, and a database another process has
// open.
//
// Reading: the first idle connection, else a new one up to `readers`; at the limit the caller waits `read_wait`, then
// gets one of at most `max_temporary` temporary connections, else Error(kUnavailable).
// Writing: queued functions are grouped into one commit on the thread `db-writer`, each in its own savepoint. A group
// with a kSync member commits with synchronous=FULL, so it is on the disk before anybody's future is ready. When SQLite
// itself gives up the whole transaction (disk full, I/O error), the functions of the group that had already run get
// Error(kUnavailable); they are not run twice.
class DatabasePool {
public:
    DatabasePool(DbOptions options, const Clock& clock, exec::WorkerPool& pool, Metrics& metrics, Poco::Logger& logger);
    ~DatabasePool();  // close()
    DatabasePool(const DatabasePool&) = delete;
    DatabasePool& operator=(const DatabasePool&) = delete;

    // Runs the owner's migrations that are missing, each in a transaction of its own, and gives a Database that carries
    // the owner's authorizer. Blocks on the writer thread; not to be called from a write function. The pool must
    // outlive what it returns, and destroying that waits for the writes it has queued. Opening the same owner again (a
    // plugin's restart) is fine. Errors: kInvalidArgument (name, prefix, numbering), kConflict (prefix of another
    // owner; the database knows a higher migration than the owner), kInternal (a migration's SQL failed or was refused
    // by the authorizer).
    std::unique_ptr<Database> open_for(DbIdentity identity);

    DbStats stats() const;
    // Why the disk took no writes lately (full, broken, read-only), in plain words; empty while it does.
    std::string refusal() const;
    // Asks the writer for a sign of life; `done` is called on its thread. Not counted among the writes; where those are
    // refused it tries one. False where its queue is full. Never blocks.
    [[nodiscard]] bool probe(std::function<void()> done);

    // Copies the running database to `path` (absolute): backup API into a temporary file beside it, integrity_check,
    // fsync, atomic rename. Blocks for as long as that takes; worker lane only. Error(kInvalidArgument) where `path` is
    // the live database or one of its files, Error(kUnavailable) where it cannot be written, Error(kInternal) where the
    // copy fails its check.
    void backup(const std::string& path);

    // Refuses new work, runs what is queued, waits for the leases that are out, checkpoints (TRUNCATE) and closes.
    void close();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gatehouse::db
