#include "db/read_pool.h"

#include <gatehouse/error.h>

#include <utility>

namespace gatehouse::db {

ReadPool::ReadPool(const DbOptions& options, const Clock& clock, Counters& counters, Poco::Logger& logger)
    : options_(options), clock_(clock), counters_(counters), logger_(logger) {
    logger_.information("[ConnectionPool] Initialized with max " + std::to_string(options_.readers) +
                        " read connections");
}

ReadPool::~ReadPool() { close(); }

ReadPool::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      connection_(std::move(other.connection_)),
      temporary_(other.temporary_),
      held_(other.held_) {}

ReadPool::Lease::~Lease() {
    if (pool_) pool_->give_back(std::move(connection_), temporary_, held_);
}

std::unique_ptr<Connection> ReadPool::open() const {
    return std::make_unique<Connection>(ConnectionOptions{options_.path, false, false, options_.statement_cache},
                                        clock_, counters_);
}

bool ReadPool::wait_for_room(std::unique_lock<std::mutex>& lock) {
    const auto room = [&] { return closed_ || !idle_.empty() || open_ < options_.readers; };
    if (room()) return true;
    ++counters_.waits;
    ++waiting_;
    const auto begin = std::chrono::steady_clock::now();
    const bool found = changed_.wait_for(lock, options_.read_wait, room);
    --waiting_;
    counters_.wait_us +=
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin).count();
    return found;
}

ReadPool::Lease ReadPool::take_idle(const std::string& owner, const char* label) {
    // The last one back is the one whose pages are warm.
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    ++counters_.read_hits;
    return {*this, std::move(connection), false, held_.insert(held_.end(), {owner, label, clock_.monotonic_now()})};
}

void ReadPool::check_temporary(const char* label) {
    ++counters_.exhausted;
    if (temporary_ >= options_.max_temporary) {
        ++counters_.refused_reads;
        throw Error(ErrorCode::kUnavailable, std::string(label) + ": all read connections are in use (db.readers " +
                                                 std::to_string(options_.readers) + ", db.max_temporary " +
                                                 std::to_string(options_.max_temporary) + "); try again");
    }
    logger_.warning("[ConnectionPool] Read pool exhausted, creating temporary connection");
    ++counters_.temporary_created;
}

ReadPool::Lease ReadPool::new_place(std::unique_lock<std::mutex>& lock, bool temporary, const std::string& owner,
                                    const char* label) {
    ++counters_.read_misses;
    // The place is taken before the file is opened, which may take a while and needs no lock.
    const std::size_t number = temporary ? ++temporary_ : ++open_;
    const auto held = held_.insert(held_.end(), {owner, label, clock_.monotonic_now()});
    lock.unlock();
    std::unique_ptr<Connection> connection;
    try {
        connection = open();
    } catch (...) {
        lock.lock();
        held_.erase(held);
        --(temporary ? temporary_ : open_);
        changed_.notify_all();
        throw;
    }
    if (!temporary) {
        logger_.information("[ConnectionPool] Created read connection " + std::to_string(number) + "/" +
                            std::to_string(options_.readers));
    }
    return {*this, std::move(connection), temporary, held};
}

ReadPool::Lease ReadPool::acquire(const std::string& owner, const char* label) {
    std::unique_lock lock(mutex_);
    const bool room = wait_for_room(lock);
    if (closed_) throw Error(ErrorCode::kUnavailable, std::string(label) + ": the database is closed");
    if (!idle_.empty()) return take_idle(owner, label);
    if (!room) check_temporary(label);
    return new_place(lock, !room, owner, label);
}

void ReadPool::give_back(std::unique_ptr<Connection> connection, bool temporary, Lease::Place held) {
    const auto held_for = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic_now() - held->since);
    if (held_for > options_.lease_warning) {
        logger_.warning("[ConnectionPool] " + std::string(held->label) + " of " + held->owner +
                        " held a read connection for " + std::to_string(held_for.count()) + " ms");
    }
    const bool discard = temporary || connection->suspect();
    if (discard) connection.reset();
    // Last, since close() returns and the pool may go as soon as the lease is off the list.
    const std::lock_guard lock(mutex_);
    if (held_for > options_.lease_warning && !held->reported) ++counters_.long_leases;
    held_.erase(held);
    if (!discard)
        idle_.push_back(std::move(connection));
    else
        --(temporary ? temporary_ : open_);
    if (waiting_ > 0 || closed_) changed_.notify_all();
}

void ReadPool::report_long_leases() {
    std::vector<std::string> reports;
    const auto now = clock_.monotonic_now();
    {
        const std::lock_guard lock(mutex_);
        for (auto& held : held_) {
            if (held.reported || now - held.since <= options_.lease_warning) continue;
            held.reported = true;
            ++counters_.long_leases;
            reports.push_back("[ConnectionPool] " + std::string(held.label) + " of " + held.owner +
                              " holds a read connection for more than " +
                              std::to_string(options_.lease_warning.count()) + " ms");
        }
    }
    for (const auto& report : reports) logger_.warning(report);
}

void ReadPool::close() {
    std::vector<std::unique_ptr<Connection>> closing;
    std::unique_lock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return held_.empty(); });
    open_ -= idle_.size();
    closing.swap(idle_);
}

void ReadPool::copy_to(DbStats& stats) const {
    const std::lock_guard lock(mutex_);
    stats.read_limit = options_.readers;
    stats.read_open = open_;
    stats.read_idle = idle_.size();
    stats.read_in_use = open_ - idle_.size();
    stats.temporary_open = temporary_;
}

}  // namespace gatehouse::db
