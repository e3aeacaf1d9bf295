// The pooled read connections. Private to the room.
#pragma once

#include <Poco/Logger.h>

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "db/connection.h"
#include "db/db_types.h"

namespace gatehouse::db {

// Thread-safe.
class ReadPool {
public:
    ReadPool(const DbOptions& options, const Clock& clock, Counters& counters, Poco::Logger& logger);
    ~ReadPool();

    // A connection for one user until it is dropped.
    class Lease {
    public:
        Lease(Lease&& other) noexcept;
        Lease& operator=(Lease&&) = delete;
        ~Lease();
        Connection& connection() { return *connection_; }

    private:
        friend class ReadPool;
        struct Held;
        using Place = std::list<Held>::iterator;
        Lease(ReadPool& pool, std::unique_ptr<Connection> connection, bool temporary, Place held)
            : pool_(&pool), connection_(std::move(connection)), temporary_(temporary), held_(held) {}
        ReadPool* pool_;
        std::unique_ptr<Connection> connection_;
        bool temporary_;
        Place held_;
    };

    // First idle, else new, else after db.read_wait temporary, else Error(kUnavailable). `label` must outlive the
    // lease.
    Lease acquire(const std::string& owner, const char* label);

    // Reports each lease that has been held longer than allowed, once.
    void report_long_leases();
    // Refuses new leases, waits for those that are out and closes the connections.
    void close();
    void copy_to(DbStats& stats) const;

private:
    std::unique_ptr<Connection> open() const;
    // The following hold the lock; new_place() lets go of it while it opens the file.
    bool wait_for_room(std::unique_lock<std::mutex>& lock);
    Lease take_idle(const std::string& owner, const char* label);
    Lease new_place(std::unique_lock<std::mutex>& lock, bool temporary, const std::string& owner, const char* label);
    void check_temporary(const char* label);

    void give_back(std::unique_ptr<Connection> connection, bool temporary, Lease::Place held);

    const DbOptions options_;
    const Clock& clock_;
    Counters& counters_;
    Poco::Logger& logger_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t waiting_ = 0;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::list<Lease::Held> held_;
    std::size_t open_ = 0;  // pooled ones, idle or in use
    std::size_t temporary_ = 0;
    bool closed_ = false;
};

struct ReadPool::Lease::Held {
    std::string owner;
    const char* label;
    MonotonicTime since;
    bool reported = false;
};

}  // namespace gatehouse::db
