#include "viewer_log.h"

#include <algorithm>
#include <limits>
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
    {2,
     "CREATE TABLE hls_viewer_count ("
     "  one INTEGER PRIMARY KEY CHECK (one = 1),"
     "  sessions INTEGER NOT NULL"  // rows of hls_viewer_session
     ") STRICT;"
     "INSERT INTO hls_viewer_count SELECT 1, count(*) FROM hls_viewer_session;"},
    {0, nullptr},
};

namespace {

constexpr std::size_t kMostWaiting = 20'000;
constexpr std::chrono::minutes kNoteAfter{1};

// True: it was not there yet.
bool write_session(WriteTx& tx, const ViewerSession& session) {
    auto& insert = tx.prepare(
        "INSERT INTO hls_viewer_session (id, camera_id, started_at_us, ended_at_us, address, user_agent)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO NOTHING");
    insert.bind(1, session.id).bind(2, session.camera_id).bind(3, session.started.us);
    if (session.ended.us > 0)
        insert.bind(4, session.ended.us);
    else
        insert.bind_null(4);
    insert.bind(5, session.address).bind(6, session.user_agent).run();
    if (tx.changes() > 0) return true;
    auto& update = tx.prepare("UPDATE hls_viewer_session SET ended_at_us = ?2 WHERE id = ?1");
    update.bind(1, session.id);
    if (session.ended.us > 0)
        update.bind(2, session.ended.us);
    else
        update.bind_null(2);
    update.run();
    return false;
}

void write_flush_time(WriteTx& tx, UtcTime now) {
    tx.prepare(
          "INSERT INTO hls_viewer_flush (one, at_us) VALUES (1, ?1)"
          " ON CONFLICT (one) DO UPDATE SET at_us = excluded.at_us")
        .bind(1, now.us)
        .run();
}

// The oldest that have ended and began before that time; how many there were.
std::int64_t forget(WriteTx& tx, std::int64_t before_us, std::int64_t most) {
    tx.prepare(
          "DELETE FROM hls_viewer_session WHERE id IN"
          " (SELECT id FROM hls_viewer_session WHERE id < ?1 AND ended_at_us IS NOT NULL ORDER BY id LIMIT ?2)")
        .bind(1, before_us)
        .bind(2, most)
        .run();
    return tx.changes();
}

// More than came with it, so that it catches up whatever comes.
void prune(WriteTx& tx, UtcTime now, const ViewerLog::Bounds& bounds, std::int64_t came) {
    const std::int64_t most = 500 + 2 * came;
    auto& count = tx.prepare("SELECT sessions FROM hls_viewer_count");
    std::int64_t sessions = came + (count.step() ? count.integer(0) : 0);
    sessions -= forget(tx, now.us - std::chrono::microseconds(bounds.retention).count(), most);
    if (const auto excess = sessions - bounds.sessions; excess > 0)
        sessions -= forget(tx, std::numeric_limits<std::int64_t>::max(), std::min(excess, most));
    tx.prepare("UPDATE hls_viewer_count SET sessions = ?1").bind(1, sessions).run();
}

}  // namespace

ViewerLog::ViewerLog(Database& db, ViewerTable& table, const Clock& clock, Bounds bounds)
    : db_(db), table_(table), clock_(clock), bounds_(bounds) {}

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

void ViewerLog::finish() {
    try {  // the writer does one after the other: then none of ours is under way
        db_.write("hls.viewers.finish", Durability::kNormal, [](WriteTx&) {}).get();
    } catch (const std::exception&) {
    }
    flush();
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
    // Viewers who stay change nothing; that they went on is kept for the case that this process is killed.
    const MonotonicTime at = clock_.monotonic_now();
    const bool go_on = table_.active() > 0 && at - noted_at_ >= kNoteAfter;
    if (batch->empty() && !go_on) {
        shared_->writing = false;
        return;
    }
    noted_at_ = at;
    const UtcTime now = clock_.utc_now();
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
            [bounds = bounds_, batch, now](WriteTx& tx) {
                std::int64_t came = 0;
                for (const auto& session : *batch) came += write_session(tx, session) ? 1 : 0;
                write_flush_time(tx, now);
                prune(tx, now, bounds, came);
            },
            done);
    } catch (...) {
        done(std::current_exception());
    }
}

}  // namespace gatehouse::hls
