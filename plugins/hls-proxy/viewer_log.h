// Viewer sessions in the database: one write for all that changed.
#pragma once

#include <gatehouse/db.h>
#include <gatehouse/plugin.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "viewer_table.h"

namespace gatehouse::hls {

// The table hls_viewer_session, in numbered steps, ends with {0, nullptr}.
extern const PluginMigration kViewerMigrations[];

// Not thread-safe: used by one scheduled job at a time. Only close_leftovers() and finish() block.
class ViewerLog {
public:
    // What is kept in the database; beyond it the oldest go first. Whoever watches under ever new names shall not fill
    // the disk.
    struct Bounds {
        std::chrono::hours retention;
        std::int64_t sessions;
    };
    ViewerLog(Database& db, ViewerTable& table, const Clock& clock, Bounds bounds);

    // Sessions that a killed gateway left open end when they were last known to go on, to a minute. Blocks until
    // written.
    void close_leftovers();
    // Writes what changed since the last flush; sessions wait for the next one while a write is under way or fails.
    void flush();
    // The last flush. Blocks until the one before is written.
    void finish();
    std::uint64_t failures() const noexcept { return shared_->failures; }

private:
    struct Shared {
        std::atomic<bool> writing{false};
        std::atomic<std::uint64_t> failures{0};
        std::mutex mutex;
        std::vector<ViewerSession> waiting;  // of a write that failed
    };

    Database& db_;
    ViewerTable& table_;
    const Clock& clock_;
    const Bounds bounds_;
    MonotonicTime noted_at_{};
    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace gatehouse::hls
