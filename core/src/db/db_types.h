// What the database pool is told and what it tells: options, identities, statistics.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::db {

// Names the file system when `directory` lies on a network one (SQLite's WAL needs shared memory between its users).
using NetworkFileSystemProbe = std::function<std::optional<std::string>(const std::string& directory)>;

struct DbOptions {
    std::string path;                                    // absolute; the directory must exist
    std::size_t readers = 5;                             // 1..64
    std::chrono::milliseconds read_wait{200};            // at the limit, before a temporary connection
    std::size_t max_temporary = 5;                       // 0..64
    std::chrono::milliseconds statement_deadline{5000};  // from a statement's first step to its end; > 0
    std::chrono::milliseconds lease_warning{1000};       // a connection held longer is reported with its label
    std::chrono::milliseconds slow_query{100};           // counted as slow by label
    std::size_t write_queue = 1024;                      // queued writes; further ones are refused
    std::size_t statement_cache = 128;                   // per connection
    NetworkFileSystemProbe network_file_system;          // empty: statfs(2) and /proc/self/mountinfo
};

// One step of an owner's schema. Numbers rise from 1 without holes; several SQL statements are allowed.
struct DbMigration {
    std::int32_t number = 0;
    std::string sql;
};

// Who asks. A plugin's prefix is its own ("hls_"); empty means no tables. The prefix "core_" and the right to create
// views v_* without a plugin's prefix belong to the names "core", "catalogue" and "accounts".
struct DbIdentity {
    std::string name;
    std::string table_prefix;
    std::vector<DbMigration> migrations;
};

struct LabelStats {
    std::uint64_t count = 0, slow = 0, failed = 0;
    std::int64_t total_us = 0, longest_us = 0;
};

struct DbStats {
    // Read pool. Hits are leases of a connection that was open already.
    std::size_t read_limit = 0, read_open = 0, read_in_use = 0, read_idle = 0, temporary_open = 0;
    std::uint64_t read_hits = 0, read_misses = 0, temporary_created = 0;
    std::uint64_t waits = 0, exhausted = 0, refused_reads = 0, long_leases = 0;
    std::int64_t wait_us = 0;
    // Statements and transactions.
    std::uint64_t queries = 0, reads = 0, interrupted = 0, not_authorized = 0;
    // SQLITE_BUSY answers (must stay 0), and short waits for a lock that ended well.
    std::uint64_t busy_errors = 0, busy_waits = 0;
    // Writer.
    std::uint64_t writes = 0, failed_writes = 0, refused_writes = 0, batches = 0, sync_batches = 0, lost_batches = 0;
    std::size_t largest_batch = 0, write_queue = 0;
    std::string refusal;  // why the disk took no writes lately; empty where it does
    // Outbox.
    std::uint64_t facts_published = 0, facts_delivered = 0, facts_retried = 0, facts_expired = 0;
    // Files.
    std::uint64_t database_bytes = 0, wal_bytes = 0;
    // By label, at most 256 of them; further labels are summed up under "other".
    std::map<std::string, LabelStats> labels;
};

}  // namespace gatehouse::db
