// What the pool counts, shared by its parts. Private to the room.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "db/db_types.h"

namespace gatehouse::db {

// Thread-safe. A label is a literal of the caller's code; a caller that makes them up ends in "other".
class LabelTable {
public:
    explicit LabelTable(std::chrono::microseconds slow) : slow_(slow) {}
    void note(std::string_view label, std::chrono::microseconds took, bool failed);
    std::map<std::string, LabelStats> all() const;

private:
    static constexpr std::size_t kMostLabels = 256;
    const std::chrono::microseconds slow_;
    mutable std::mutex mutex_;
    std::map<std::string, LabelStats, std::less<>> labels_;
};

// Whether the disk takes what is written. Thread-safe.
class Refusal {
public:
    // It did not, and why.
    void note(const std::string& why);
    // It took something; that counts 10 s after the last refusal, since a small write may find room where others do
    // not.
    void note_success();
    std::string why() const;  // empty: it does

private:
    mutable std::mutex mutex_;
    std::string why_;
    std::chrono::steady_clock::time_point at_{};
};

struct Counters {
    explicit Counters(std::chrono::microseconds slow) : labels(slow) {}

    using Count = std::atomic<std::uint64_t>;
    Count read_hits{0}, read_misses{0}, temporary_created{0}, waits{0}, exhausted{0}, refused_reads{0}, long_leases{0};
    Count queries{0}, reads{0}, interrupted{0}, busy_errors{0}, busy_waits{0}, not_authorized{0};
    Count writes{0}, failed_writes{0}, refused_writes{0}, batches{0}, sync_batches{0}, lost_batches{0},
        largest_batch{0};
    Count facts_published{0}, facts_delivered{0}, facts_retried{0}, facts_expired{0};
    std::atomic<std::int64_t> wait_us{0};
    LabelTable labels;
    Refusal refusal;

    void copy_to(DbStats& stats) const;
};

}  // namespace gatehouse::db
