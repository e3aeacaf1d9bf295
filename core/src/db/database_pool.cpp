#include "db/database_pool.h"

#include <gatehouse/error.h>
#include <sys/stat.h>

#include <map>
#include <mutex>
#include <utility>

#include "db/access.h"
#include "db/backup.h"
#include "db/counters.h"
#include "db/database_file.h"
#include "db/migrations.h"
#include "db/outbox.h"
#include "db/owner_database.h"
#include "db/read_pool.h"
#include "db/writer.h"

namespace gatehouse::db {
namespace {

void check_options(const DbOptions& options) {
    const auto refuse = [](const std::string& why) { throw Error(ErrorCode::kInvalidArgument, why); };
    if (options.readers < 1 || options.readers > 64) refuse("db.readers must be 1 to 64");
    if (options.max_temporary > 64) refuse("db.max_temporary must be 0 to 64");
    if (options.statement_deadline.count() <= 0) refuse("db.statement_deadline must be positive");
    if (options.read_wait.count() < 0) refuse("db.read_wait must not be negative");
    if (options.write_queue < 1) refuse("the write queue must hold at least one");
}

// Process-wide, before SQLite is used for the first time; later it changes nothing (SQLITE_MISUSE). Without it every
// allocation of every connection takes one global lock to keep totals that nobody asks for, and readers stand in each
// other's way whenever a commit empties their page caches.
void tune_allocation() {
    static std::once_flag once;
    std::call_once(once, [] {
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        constexpr int kCachePages = 512;  // what the default cache of 2 MB holds, in one piece per connection
        sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, kCachePages);
    });
}

std::uint64_t size_of(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::shared_ptr<const Access> internal_access() {
    auto access = std::make_shared<Access>();
    access->owner = "core";
    access->phase = Access::Phase::kInternal;
    return access;
}

}  // namespace

struct DatabasePool::State {
    State(DbOptions given, const Clock& the_clock, exec::WorkerPool& pool, Metrics& metrics, Poco::Logger& the_logger);

    OutboxPorts outbox_ports();
    void publish_metrics(Metrics& metrics);
    std::shared_ptr<const Access> access_for(const DbIdentity& identity);
    DbStats stats() const;

    const DbOptions options;
    const Clock& clock;
    Poco::Logger& logger;
    Counters counters;
    std::shared_ptr<Prefixes> prefixes = std::make_shared<Prefixes>();
    std::unique_ptr<LockFile> lock;  // released last
    std::unique_ptr<ReadPool> readers;
    std::unique_ptr<Outbox> outbox;
    std::unique_ptr<Writer> writer;
    std::unique_ptr<OwnerDatabase> own;  // the pool's own reads and writes
    std::mutex mutex;
    std::map<std::string, int> owner_ids;
    bool closed = false;
    Registrations metrics_shown;
};

DatabasePool::State::State(DbOptions given, const Clock& the_clock, exec::WorkerPool& pool, Metrics& metrics,
                           Poco::Logger& the_logger)
    : options(std::move(given)), clock(the_clock), logger(the_logger), counters(options.slow_query) {
    check_options(options);
    tune_allocation();
    auto file = open_database_file(options, clock, counters);
    lock = std::move(file.lock);
    load_prefixes(*file.writer, *prefixes);
    readers = std::make_unique<ReadPool>(options, clock, counters, logger);
    outbox = std::make_unique<Outbox>(outbox_ports(), clock, pool, counters, logger);
    Writer::Hooks hooks;
    hooks.committed = [this](std::size_t) { outbox->wake(); };
    hooks.tick = [this] {
        readers->report_long_leases();
        outbox->tick();
    };
    writer = std::make_unique<Writer>(options, std::move(file.writer), counters, logger, std::move(hooks));
    const StatementDeadlines deadlines{options.statement_deadline, options.statement_deadline};
    own = std::make_unique<OwnerDatabase>(PoolParts{*readers, *writer, counters, clock, deadlines}, internal_access(),
                                          nullptr);
    publish_metrics(metrics);
    writer->start();
}

OutboxPorts DatabasePool::State::outbox_ports() {
    OutboxPorts ports;
    ports.read = [this](const char* label, const std::function<void(ReadTx&)>& fn) { own->read(label, fn); };
    ports.write = [this](const char* label, std::function<void(WriteTx&)> fn) {
        own->write(label, Durability::kNormal, std::move(fn)).get();
    };
    ports.write_later = [this](const char* label, std::function<void(WriteTx&)> fn) {
        own->write_erased(label, Durability::kNormal, std::move(fn), [](const std::exception_ptr&) {});
    };
    return ports;
}

std::shared_ptr<const Access> DatabasePool::State::access_for(const DbIdentity& identity) {
    auto access = std::make_shared<Access>();
    access->owner = identity.name;
    access->prefix = identity.table_prefix;
    access->core = is_core_owner(identity.name);
    access->prefixes = prefixes;
    const std::lock_guard guard(mutex);
    if (closed) throw Error(ErrorCode::kUnavailable, "the database is closed");
    // 0 is the pool itself.
    const auto next = static_cast<int>(owner_ids.size()) + 1;
    access->id = owner_ids.try_emplace(identity.name + "\n" + identity.table_prefix, next).first->second;
    return access;
}

DbStats DatabasePool::State::stats() const {
    DbStats result;
    counters.copy_to(result);
    readers->copy_to(result);
    result.write_queue = writer->queued();
    result.database_bytes = size_of(options.path);
    result.wal_bytes = size_of(options.path + "-wal");
    return result;
}

void DatabasePool::State::publish_metrics(Metrics& metrics) {
    const auto count = [&](const char* name, const char* help, const Counters::Count& value) {
        metrics_shown += metrics.observe(name, help, {}, [&value] { return static_cast<double>(value.load()); });
    };
    count("gatehouse_db_queries_total", "SQL statements run", counters.queries);
    count("gatehouse_db_reads_total", "Read transactions", counters.reads);
    count("gatehouse_db_read_waits_total", "Reads that had to wait for a connection", counters.waits);
    count("gatehouse_db_read_exhausted_total", "Reads that found no connection in time", counters.exhausted);
    count("gatehouse_db_read_refused_total", "Reads refused because every connection was in use",
          counters.refused_reads);
    count("gatehouse_db_temporary_connections_total", "Temporary read connections made", counters.temporary_created);
    count("gatehouse_db_long_leases_total", "Read connections held longer than allowed", counters.long_leases);
    count("gatehouse_db_writes_total", "Write functions committed", counters.writes);
    count("gatehouse_db_write_failures_total", "Write functions undone", counters.failed_writes);
    count("gatehouse_db_write_refused_total", "Writes refused because the queue was full", counters.refused_writes);
    count("gatehouse_db_commits_total", "Group commits", counters.batches);
    count("gatehouse_db_sync_commits_total", "Group commits with fsync", counters.sync_batches);
    count("gatehouse_db_busy_total", "SQLITE_BUSY answers; must stay 0", counters.busy_errors);
    count("gatehouse_db_lock_waits_total", "Short waits for a lock of SQLite's that ended well", counters.busy_waits);
    count("gatehouse_db_interrupted_total", "Statements interrupted past their deadline", counters.interrupted);
    count("gatehouse_db_not_authorized_total", "Statements refused by the authorizer", counters.not_authorized);
    count("gatehouse_db_facts_published_total", "Facts put into the outbox", counters.facts_published);
    count("gatehouse_db_facts_delivered_total", "Facts handled by a durable subscriber", counters.facts_delivered);
    count("gatehouse_db_facts_retried_total", "Facts whose subscriber failed", counters.facts_retried);
    count("gatehouse_db_facts_expired_total", "Facts dropped after 7 days", counters.facts_expired);
    metrics_shown += metrics.observe("gatehouse_db_read_wait_seconds_total", "Time spent waiting for a read connection",
                                     {}, [this] { return static_cast<double>(counters.wait_us.load()) / 1e6; });
    metrics_shown += metrics.observe("gatehouse_db_read_connections_in_use", "Read connections in use", {}, [this] {
        const auto now = stats();
        return static_cast<double>(now.read_in_use + now.temporary_open);
    });
    metrics_shown += metrics.observe("gatehouse_db_write_queue", "Writes queued", {},
                                     [this] { return static_cast<double>(writer->queued()); });
    metrics_shown += metrics.observe("gatehouse_db_wal_bytes", "Size of the write-ahead log", {},
                                     [this] { return static_cast<double>(size_of(options.path + "-wal")); });
}

DatabasePool::DatabasePool(DbOptions options, const Clock& clock, exec::WorkerPool& pool, Metrics& metrics,
                           Poco::Logger& logger)
    : state_(std::make_unique<State>(std::move(options), clock, pool, metrics, logger)) {}

DatabasePool::~DatabasePool() { close(); }

std::unique_ptr<Database> DatabasePool::open_for(DbIdentity identity) {
    check_identity(identity.name, identity.table_prefix);
    check_numbering(identity);
    const auto access = state_->access_for(identity);
    state_->prefixes->claim(identity.name, identity.table_prefix);
    state_->writer->run_alone("core.migrate",
                              [&](Connection& connection) { migrate(connection, identity, *access, state_->logger); });
    const StatementDeadlines deadlines{state_->options.statement_deadline, state_->options.statement_deadline};
    return std::make_unique<OwnerDatabase>(
        PoolParts{*state_->readers, *state_->writer, state_->counters, state_->clock, deadlines}, access,
        state_->outbox.get());
}

DbStats DatabasePool::stats() const { return state_->stats(); }

std::string DatabasePool::refusal() const { return state_->counters.refusal.why(); }

bool DatabasePool::probe(std::function<void()> done) { return state_->writer->try_probe(std::move(done)); }

void DatabasePool::backup(const std::string& path) {
    {
        const std::lock_guard guard(state_->mutex);
        if (state_->closed) throw Error(ErrorCode::kUnavailable, "backup: the database is closed");
    }
    Connection source({state_->options.path, false, false, 8}, state_->clock, state_->counters);
    backup_database(source, state_->options.path, path);
}

void DatabasePool::close() {
    {
        const std::lock_guard guard(state_->mutex);
        if (std::exchange(state_->closed, true)) return;
    }
    state_->logger.information("[ConnectionPool] Closing all connections...");
    // Durable subscribers first, since their cursors still have to be written; then readers; the writer last, so that
    // its checkpoint finds nobody reading.
    state_->outbox->stop();
    state_->readers->close();
    state_->writer->stop();
    state_->lock.reset();
    state_->logger.information("[ConnectionPool] All connections closed");
}

}  // namespace gatehouse::db
