#include "viewer_log.h"

#include <utility>
#include <vector>

namespace gatehouse::hls {

const PluginMigration kViewerMigrations[] = {
    {1,
     "CREATE TABLE hls_viewer_session ("
     "  id INTEGER PRIMARY KEY,"          // rises with time
     "  camera_id INTEGER NOT NULL,"      // number of the camera; it may be gone
     "  started_at_us INTEGER NOT NULL,"  // UTC microseconds, first playlist request
     "  ended_at_us INTEGER,"             // UTC microseconds, last playlist request; NULL while it goes on
     "  address TEXT NOT NULL,"           // of the client, after the trusted-proxy rule
     "  user_agent TEXT NOT NULL"         // first 200 bytes
     ") STRICT;"
     "CREATE INDEX hls_viewer_session_camera ON hls_viewer_session (camera_id, started_at_us);"
     "CREATE INDEX hls_viewer_session_open ON hls_viewer_session (id) WHERE ended_at_us IS NULL;"
     "CREATE TABLE hls_viewer_flush ("
     "  one INTEGER PRIMARY KEY CHECK (one = 1),"
     "  at_us INTEGER NOT NULL"  // UTC microseconds of the last flush
     ") STRICT;"},
    {0, nullptr},
};

namespace {

constexpr std::size_t kMostWaiting = 20'000;

void write_session(WriteTx& tx, const ViewerSession& session) {
    auto& statement = tx.prepare(
        "INSERT INTO hls_viewer_session (id, camera_id, started_at_us, ended_at_us, address, user_agent)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET ended_at_us = excluded.ended_at_us");
    statement.bind(1, session.id).bind(2, session.camera_id).bind(3, session.started.us);
    if (session.ended.us > 0)
        statement.bind(4, session.ended.us);
    else
        statement.bind_null(4);
    statement.bind(5, session.address).bind(6, session.user_agent).run();
}

void write_flush_time(WriteTx& tx, UtcTime now) {
    tx.prepare(
          "INSERT INTO hls_viewer_flush (one, at_us) VALUES (1, ?1)"
          " ON CONFLICT (one) DO UPDATE SET at_us = excluded.at_us")
        .bind(1, now.us)
        .run();
}

// More than came with it, so that it catches up whatever comes.
void prune(WriteTx& tx, std::int64_t older_than_us, std::size_t came) {
    tx.prepare(
          "DELETE FROM hls_viewer_session WHERE id IN"
          " (SELECT id FROM hls_viewer_session WHERE id < ?1 AND ended_at_us IS NOT NULL ORDER BY id LIMIT ?2)")
        .bind(1, older_than_us)
        .bind(2, static_cast<std::int64_t>(500 + 2 * came))
        .run();
}

}  // namespace

ViewerLog::ViewerLog(Database& db, ViewerTable& table, const Clock& clock, std::chrono::hours retention)
    : db_(db), table_(table), clock_(clock), retention_(retention) {}

void ViewerLog::close_leftovers() {
    db_.write("hls.viewers.close_leftovers", Durability::kNormal,
              [](WriteTx& tx) {
                  tx.prepare(
                        "UPDATE hls_viewer_session SET ended_at_us ="
                        " max(started_at_us, coalesce((SELECT at_us FROM hls_viewer_flush), started_at_us))"
                        " WHERE ended_at_us IS NULL")
                      .run();
              })
        .get();
}

void ViewerLog::flush() {
    if (shared_->writing.exchange(true)) return;
    auto batch = std::make_shared<std::vector<ViewerSession>>();
    {
        std::lock_guard lock(shared_->mutex);
        batch->swap(shared_->waiting);
    }
    auto changes = table_.take_changes();
    std::move(changes.begin(), changes.end(), std::back_inserter(*batch));
    if (batch->empty()) {
        shared_->writing = false;
        return;
    }
    const UtcTime now = clock_.utc_now();
    const std::int64_t oldest_us = now.us - std::chrono::microseconds(retention_).count();
    const auto done = [shared = shared_, batch](std::exception_ptr failure) {
        if (failure) {
            ++shared->failures;
            std::lock_guard lock(shared->mutex);
            if (batch->size() <= kMostWaiting) shared->waiting = std::move(*batch);
        }
        shared->writing = false;
    };
    try {
        db_.write_erased(
            "hls.viewers.flush", Durability::kNormal,
            [batch, now, oldest_us](WriteTx& tx) {
                for (const auto& session : *batch) write_session(tx, session);
                write_flush_time(tx, now);
                prune(tx, oldest_us, batch->size());
            },
            done);
    } catch (...) {
        done(std::current_exception());
    }
}

}  // namespace gatehouse::hls
