// The one thread that writes, `db-writer`: group commit with a savepoint for each function. Private to the room.
#pragma once

#include <Poco/Logger.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <gatehouse/db.h>

#include "db/connection.h"
#include "db/db_types.h"
#include "db/transaction.h"

namespace gatehouse::db {

struct WriteJob {
    std::string label;
    Durability durability = Durability::kNormal;
    std::shared_ptr<const Access> access;
    std::function<void(WriteTx&)> fn;
    std::function<void(std::exception_ptr)> done;
    // Instead of fn: runs alone, outside any transaction.
    std::function<void(Connection&)> alone;
};

// Thread-safe.
class Writer {
public:
    struct Hooks {
        std::function<void(std::size_t facts)> committed;  // after a commit that published facts
        std::function<void()> tick;                        // about once a second; must be quick
    };

    Writer(const DbOptions& options, std::unique_ptr<Connection> connection, Counters& counters, Poco::Logger& logger,
           Hooks hooks);
    ~Writer();  // stop()

    // Begins to run what is queued; once, when everything the hooks use is there.
    void start();
    // False when the queue is full or the writer has stopped; then `job` is untouched.
    [[nodiscard]] bool try_queue(WriteJob& job);
    // Queues a question to the disk, which `done` ends on the writer's thread: a sign of life, and a write where the
    // last ones were refused. Not counted. False when the queue is full or the writer has stopped.
    [[nodiscard]] bool try_probe(std::function<void()> done);
    // Queues regardless of the bound (migrations, housekeeping), waits, and gives its exception. Not on the writer
    // thread.
    void run_alone(const char* label, std::function<void(Connection&)> work);
    // Returns when everything queued so far has run, at once on the writer thread itself or after stop().
    void drain() noexcept;
    // Runs what is queued, checkpoints (TRUNCATE), closes the connection.
    void stop();
    std::size_t queued() const;

private:
    struct Outcome {
        WriteJob* job;
        std::exception_ptr failure;
        std::size_t published = 0;
    };

    void run();
    std::vector<WriteJob> take(std::unique_lock<std::mutex>& lock);
    void perform_alone(WriteJob& job);
    void probe(Connection& connection);
    void note_disk_trouble();
    void perform(std::vector<WriteJob>& jobs);
    std::size_t perform_group(std::vector<WriteJob>& jobs, std::size_t first);
    void perform_one(WriteJob& job, Outcome& outcome);
    void check_one(const WriteTransaction& tx) const;
    bool transaction_lost() const;
    void set_synchronous(Durability durability);
    void commit(std::vector<Outcome>& outcomes);
    void answer(std::vector<Outcome>& outcomes);
    void call_done(WriteJob& job, const std::exception_ptr& failure);
    void keep_log_short();
    void close_connection();

    const std::size_t queue_limit_;
    const StatementDeadlines deadlines_;
    Counters& counters_;
    Poco::Logger& logger_;
    const Hooks hooks_;
    std::unique_ptr<Connection> connection_;
    Durability synchronous_ = Durability::kNormal;
    int log_pages_ = 0;  // after the last commit
    std::chrono::steady_clock::time_point next_restart_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<WriteJob> queue_;
    bool stopping_ = false;
    std::thread thread_;
    std::atomic<std::thread::id> thread_id_;  // none before start()
};

}  // namespace gatehouse::db
