// Opening the database file for writing, or refusing it with a clear text. Private to the room.
#pragma once

#include <memory>
#include <string>

#include "base/lock_file.h"
#include "db/connection.h"
#include "db/db_types.h"

namespace gatehouse::db {

// The lock keeps a second gateway out for as long as the file is open.
struct DatabaseFile {
    std::unique_ptr<LockFile> lock;
    std::unique_ptr<Connection> writer;
};

// Version of the tables that the pool itself keeps (PRAGMA user_version).
inline constexpr int kFormat = 1;

// Checks the place, takes the lock `<path>.lock`, opens or creates the file in WAL mode and makes the pool's own
// tables. Error(kConflict): used by another process, or written by a newer program. Error(kUnavailable): network file
// system, no directory, not writable. Error(kInternal): damaged, or not a database of Gatehouse.
DatabaseFile open_database_file(const DbOptions& options, const Clock& clock, Counters& counters);

}  // namespace gatehouse::db
