#include "db/writer.h"

#include <gatehouse/error.h>

#include <algorithm>
#include <future>
#include <utility>

#include "base/failure_text.h"
#include "db/sqlite_errors.h"
#include "exec/thread_name.h"

namespace gatehouse::db {
namespace {

constexpr std::size_t kLargestGroup = 256;
constexpr auto kTick = std::chrono::seconds(1);
// From here on the log is written back after a commit, as SQLite does by default.
constexpr int kCheckpointPages = 1000;
// With readers that take turns without a pause the log would never begin anew and grow without bound; from 16 MiB on
// the writer waits for the readers of old pages, while new ones already read the database itself.
constexpr int kRestartPages = 4096;
constexpr auto kRestartPatience = std::chrono::milliseconds(500);
// After one that did not succeed.
constexpr auto kBetweenRestarts = std::chrono::milliseconds(500);
// How much longer than the statement deadline a writing statement may run; see StatementDeadlines.
constexpr int kWritingFactor = 10;

}  // namespace

Writer::Writer(const DbOptions& options, std::unique_ptr<Connection> connection, Counters& counters,
               Poco::Logger& logger, Hooks hooks)
    : queue_limit_(options.write_queue),
      deadlines_{options.statement_deadline, options.statement_deadline * kWritingFactor},
      counters_(counters),
      logger_(logger),
      hooks_(std::move(hooks)),
      connection_(std::move(connection)) {
    execute(connection_->handle(), "PRAGMA synchronous = NORMAL", "set up the writer");
    // Takes the place of SQLite's own automatic checkpoint.
    sqlite3_wal_hook(
        connection_->handle(),
        [](void* pages, sqlite3*, const char*, int in_log) {
            *static_cast<int*>(pages) = in_log;
            return SQLITE_OK;
        },
        &log_pages_);
}

void Writer::start() {
    thread_ = std::thread([this] {
        exec::name_this_thread("db-writer");
        run();
    });
    thread_id_ = thread_.get_id();
}

Writer::~Writer() { stop(); }

bool Writer::try_queue(WriteJob& job) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || queue_.size() >= queue_limit_) {
            ++counters_.refused_writes;
            return false;
        }
        queue_.push_back(std::move(job));
    }
    wake_.notify_one();
    return true;
}

bool Writer::try_probe(std::function<void()> done) {
    WriteJob job;
    job.label = "core.probe";
    job.alone = [this](Connection& connection) { probe(connection); };
    job.done = [done = std::move(done)](const std::exception_ptr&) { done(); };
    return try_queue(job);
}

// Rows stay as they are, and are written nevertheless.
void Writer::probe(Connection& connection) {
    if (counters_.refusal.why().empty()) return;
    const int code =
        sqlite3_exec(connection.handle(), "UPDATE core_schema SET number = number", nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw connection.failure(code, "try to write");
    counters_.refusal.note_success();
}

void Writer::run_alone(const char* label, std::function<void(Connection&)> work) {
    auto promise = std::make_shared<std::promise<void>>();
    auto finished = promise->get_future();
    WriteJob job;
    job.label = label;
    job.alone = std::move(work);
    job.done = [promise](const std::exception_ptr& failure) {
        if (failure)
            promise->set_exception(failure);
        else
            promise->set_value();
    };
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) throw Error(ErrorCode::kUnavailable, std::string(label) + ": the database is closed");
        queue_.push_back(std::move(job));
    }
    wake_.notify_one();
    finished.get();
}

void Writer::drain() noexcept {
    const auto writer = thread_id_.load();
    if (writer == std::thread::id() || writer == std::this_thread::get_id()) return;
    try {
        run_alone("core.drain", [](Connection&) {});
    } catch (const Error&) {
        // Stopped, and so empty.
    }
}

std::size_t Writer::queued() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

void Writer::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

// A run of functions that go into one commit, or a single one that runs alone.
std::vector<WriteJob> Writer::take(std::unique_lock<std::mutex>& lock) {
    (void)lock;
    std::vector<WriteJob> jobs;
    while (!queue_.empty() && jobs.size() < kLargestGroup) {
        if (queue_.front().alone && !jobs.empty()) break;
        jobs.push_back(std::move(queue_.front()));
        queue_.pop_front();
        if (jobs.back().alone) break;
    }
    return jobs;
}

void Writer::run() {
    auto next_tick = std::chrono::steady_clock::now() + kTick;
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait_until(lock, next_tick, [&] { return stopping_ || !queue_.empty(); });
        auto jobs = take(lock);
        const bool finished = stopping_ && jobs.empty();
        lock.unlock();
        if (finished) break;
        if (!jobs.empty() && jobs.front().alone)
            perform_alone(jobs.front());
        else if (!jobs.empty())
            perform(jobs);
        jobs.clear();
        keep_log_short();
        if (const auto now = std::chrono::steady_clock::now(); now >= next_tick) {
            next_tick = now + kTick;
            hooks_.tick();
        }
        lock.lock();
    }
    close_connection();
}

void Writer::perform_alone(WriteJob& job) {
    std::exception_ptr failure;
    try {
        job.alone(*connection_);
    } catch (...) {
        failure = std::current_exception();
    }
    note_disk_trouble();
    const bool left_open = !transaction_lost();
    if (left_open) sqlite3_exec(connection_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    call_done(job, failure);
}

void Writer::perform(std::vector<WriteJob>& jobs) {
    for (std::size_t next = 0; next < jobs.size();) next = perform_group(jobs, next);
}

// Runs jobs from `first` on in one transaction and answers them; returns where to go on. That is the end, except when
// SQLite gave up the transaction under way: those that have not run yet get a new one.
std::size_t Writer::perform_group(std::vector<WriteJob>& jobs, std::size_t first) {
    std::vector<Outcome> outcomes;
    outcomes.reserve(jobs.size() - first);
    const bool sync = std::any_of(jobs.begin() + static_cast<std::ptrdiff_t>(first), jobs.end(),
                                  [](const auto& job) { return job.durability == Durability::kSync; });
    std::size_t next = first;
    try {
        set_synchronous(sync ? Durability::kSync : Durability::kNormal);
        const int code = sqlite3_exec(connection_->handle(), "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) throw connection_->failure(code, "begin a write");
    } catch (...) {
        for (; next < jobs.size(); ++next) outcomes.push_back({&jobs[next], std::current_exception()});
        answer(outcomes);
        return next;
    }
    while (next < jobs.size() && !transaction_lost()) {
        outcomes.push_back({&jobs[next], nullptr});
        perform_one(jobs[next], outcomes.back());
        ++next;
    }
    commit(outcomes);
    if (sync) ++counters_.sync_batches;
    answer(outcomes);
    return next;
}

void Writer::perform_one(WriteJob& job, Outcome& outcome) {
    sqlite3* handle = connection_->handle();
    const auto begin = std::chrono::steady_clock::now();
    try {
        execute(handle, "SAVEPOINT one", job.label);
        {
            const Connection::Acting acting(*connection_, *job.access);
            WriteTransaction tx(*connection_, job.label.c_str(), deadlines_);
            job.fn(tx);
            check_one(tx);
            outcome.published = tx.published();
        }
        execute(handle, "RELEASE one", job.label);
    } catch (...) {
        outcome.failure = std::current_exception();
        outcome.published = 0;
        if (!transaction_lost()) sqlite3_exec(handle, "ROLLBACK TO one; RELEASE one", nullptr, nullptr, nullptr);
    }
    // What the function captured goes now, on a failure as well.
    job.fn = nullptr;
    const auto took = std::chrono::steady_clock::now() - begin;
    counters_.labels.note(job.label, std::chrono::duration_cast<std::chrono::microseconds>(took),
                          outcome.failure != nullptr);
}

// What must hold when the function has returned, since it may have caught what was thrown at it.
void Writer::check_one(const WriteTransaction& tx) const {
    if (tx.doomed()) std::rethrow_exception(tx.doomed());
    if (transaction_lost()) throw Error(ErrorCode::kUnavailable, "the transaction was given up by the database");
    // A deferred foreign key would fail the commit of the whole group.
    int unresolved = 0, unused = 0;
    sqlite3_db_status(connection_->handle(), SQLITE_DBSTATUS_DEFERRED_FKS, &unresolved, &unused, 0);
    if (unresolved != 0) throw Error(ErrorCode::kConflict, "FOREIGN KEY constraint failed");
}

// Outside a transaction although one was begun: SQLite has rolled everything back (sqlite.org/lang_transaction.html,
// "Response To Errors Within A Transaction").
bool Writer::transaction_lost() const { return sqlite3_get_autocommit(connection_->handle()) != 0; }

void Writer::set_synchronous(Durability durability) {
    if (durability == synchronous_) return;
    const bool full = durability == Durability::kSync;
    execute(connection_->handle(), full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
            "set durability");
    synchronous_ = durability;
}

void Writer::commit(std::vector<Outcome>& outcomes) {
    std::exception_ptr failure;
    try {
        if (transaction_lost())
            throw Error(
                ErrorCode::kUnavailable,
                "undone because the database gave up the transaction it shared with a failing write; try again");
        const int code = sqlite3_exec(connection_->handle(), "COMMIT", nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) throw connection_->failure(code, "commit");
        ++counters_.batches;
        counters_.largest_batch = std::max<std::uint64_t>(counters_.largest_batch, outcomes.size());
        return;
    } catch (...) {
        failure = std::current_exception();
    }
    ++counters_.lost_batches;
    if (!transaction_lost()) sqlite3_exec(connection_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    for (auto& outcome : outcomes) {
        if (!outcome.failure) outcome.failure = failure;
    }
    logger_.error("[ConnectionPool] a commit of " + std::to_string(outcomes.size()) +
                  " writes failed: " + text_of(failure));
}

void Writer::note_disk_trouble() {
    if (const auto trouble = connection_->take_disk_trouble(); !trouble.empty()) counters_.refusal.note(trouble);
}

void Writer::answer(std::vector<Outcome>& outcomes) {
    note_disk_trouble();
    std::size_t facts = 0;
    for (auto& outcome : outcomes) {
        ++(outcome.failure ? counters_.failed_writes : counters_.writes);
        if (!outcome.failure) facts += outcome.published;
        call_done(*outcome.job, outcome.failure);
    }
    counters_.facts_published += facts;
    if (facts > 0) hooks_.committed(facts);
}

void Writer::call_done(WriteJob& job, const std::exception_ptr& failure) {
    try {
        if (job.done) job.done(failure);
    } catch (...) {
        logger_.error("[ConnectionPool] the answer to write " + job.label +
                      " failed: " + text_of(std::current_exception()));
    }
    job = {};
}

void Writer::keep_log_short() {
    if (log_pages_ < kCheckpointPages) return;
    const auto now = std::chrono::steady_clock::now();
    const bool restart = log_pages_ >= kRestartPages && now >= next_restart_;
    const bool anew = connection_->checkpoint(restart ? kRestartPatience : std::chrono::milliseconds(0));
    if (restart && !anew) next_restart_ = std::chrono::steady_clock::now() + kBetweenRestarts;
    // Not again before the next commit says how long the log is.
    log_pages_ = 0;
}

void Writer::close_connection() {
    const int code =
        sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (code != SQLITE_OK)
        logger_.warning(std::string("[ConnectionPool] the last checkpoint failed: ") +
                        sqlite3_errmsg(connection_->handle()));
    connection_.reset();
}

}  // namespace gatehouse::db
