#include "db/counters.h"

#include <algorithm>

namespace gatehouse::db {

void LabelTable::note(std::string_view label, std::chrono::microseconds took, bool failed) {
    const std::lock_guard lock(mutex_);
    auto found = labels_.find(label);
    if (found == labels_.end())
        found = labels_.try_emplace(std::string(labels_.size() < kMostLabels ? label : "other")).first;
    auto& stats = found->second;
    ++stats.count;
    if (failed) ++stats.failed;
    if (took >= slow_) ++stats.slow;
    stats.total_us += took.count();
    stats.longest_us = std::max<std::int64_t>(stats.longest_us, took.count());
}

std::map<std::string, LabelStats> LabelTable::all() const {
    const std::lock_guard lock(mutex_);
    return {labels_.begin(), labels_.end()};
}

void Refusal::note(const std::string& why) {
    const std::lock_guard lock(mutex_);
    why_ = why;
    at_ = std::chrono::steady_clock::now();
}

void Refusal::note_success() {
    const std::lock_guard lock(mutex_);
    if (std::chrono::steady_clock::now() - at_ >= std::chrono::seconds(10)) why_.clear();
}

std::string Refusal::why() const {
    const std::lock_guard lock(mutex_);
    return why_;
}

void Counters::copy_to(DbStats& s) const {
    s.refusal = refusal.why();
    s.read_hits = read_hits;
    s.read_misses = read_misses;
    s.temporary_created = temporary_created;
    s.waits = waits;
    s.exhausted = exhausted;
    s.refused_reads = refused_reads;
    s.long_leases = long_leases;
    s.wait_us = wait_us;
    s.queries = queries;
    s.reads = reads;
    s.interrupted = interrupted;
    s.busy_errors = busy_errors;
    s.busy_waits = busy_waits;
    s.not_authorized = not_authorized;
    s.writes = writes;
    s.failed_writes = failed_writes;
    s.refused_writes = refused_writes;
    s.batches = batches;
    s.sync_batches = sync_batches;
    s.lost_batches = lost_batches;
    s.largest_batch = static_cast<std::size_t>(largest_batch.load());
    s.facts_published = facts_published;
    s.facts_delivered = facts_delivered;
    s.facts_retried = facts_retried;
    s.facts_expired = facts_expired;
    s.labels = labels.all();
}

}  // namespace gatehouse::db
