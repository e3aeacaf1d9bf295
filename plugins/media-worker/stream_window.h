// What the gateway knows of one stream of the worker: its runs, chunks and finished segments.
#pragma once

#include <gatehouse/media_engine.h>
#include <gatehouse/media_protocol/messages.h>
#include <gatehouse/unique_fd.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "chunk_file.h"
#include "segment_builder.h"

namespace gatehouse::media_worker {

// One moment on both clocks.
struct Moment {
    MonotonicTime monotonic{};
    UtcTime utc;
};

// Turns the worker's facts into immutable windows. Used by the thread that reads the worker only; the windows are for
// everybody. Facts that make no sense are refused with a reason and change nothing.
class StreamWindow {
public:
    static constexpr std::int64_t kWindowUs = 20'000'000;
    static constexpr std::size_t kFewestSegments = 4;   // kept even where GOPs are so long that they exceed the window
    static constexpr std::chrono::seconds kForget{60};  // after a stream has stopped its window is let go
    static constexpr std::size_t kMostSegments = 128;
    // Of the chunks that the segments hold, whatever the camera's clock says: 20 s at 20 Mbit/s with GOPs of 10 s fit.
    static constexpr std::uint64_t kMostBytes = 96u << 20;
    static constexpr std::size_t kMostChunks = 64;
    static constexpr std::size_t kMostRuns = 64;

    // Empty: accepted. Else why not.
    using Refusal = std::optional<std::string>;

    // A connection begins. With the epoch of the one before, its replay continues the window; with another one the
    // numbers begin anew, and the old window is offered until the new one has a segment.
    void begin_replay(std::uint64_t epoch);
    Refusal run_begin(const media_protocol::RunBegin& run);
    Refusal chunk(const media_protocol::Chunk& chunk, UniqueFd fd);
    Refusal fragment(const media_protocol::Fragment& fragment, Moment now);
    void chunk_gone(std::uint64_t chunk_id);
    // The stream delivers, or not; a run that has ended gives its last segment.
    void set_live(bool live);
    // The worker is gone: the window stays, what was unfinished waits for the replay.
    void disconnected();
    // Time passes: an unfinished segment of a stream that no longer delivers is complete after a second.
    void tick(Moment now);

    // Null before the first segment and after kForget; a new object after every change.
    const std::shared_ptr<const MediaWindow>& window() const noexcept { return window_; }

private:
    struct Run {
        std::uint32_t timescale = 90000;
        std::string codecs;
        int width = 0, height = 0;
        http::Body init;
    };
    struct Held {
        MediaSegment segment;
        std::uint64_t chunk_id = 0;
        bool chunk_gone = false;
    };

    void publish(const BuiltSegment& built, MonotonicTime ended_at);
    std::shared_ptr<const MediaRun> run_for(const BuiltSegment& built);
    void trim();
    // Index of the oldest segment that fits into kMostBytes with all that are newer; the newest always does.
    std::size_t first_that_fits() const;
    void drop_gone_chunks();
    void rebuild_window();

    std::uint64_t epoch_ = 0;
    bool live_ = false;
    SegmentBuilder builder_;
    std::map<std::uint64_t, Run> runs_;
    std::map<std::uint64_t, std::unique_ptr<ChunkFile>> chunks_;
    std::set<std::uint64_t> gone_;  // chunks that are needed only until their pending segment is finished
    std::optional<std::uint64_t> last_fragment_;
    MonotonicTime last_fragment_at_{};               // when it came ...
    MonotonicTime ended_at_ = MonotonicTime::min();  // ... and when it had ended, never before the one before it

    std::deque<Held> segments_;
    std::vector<std::shared_ptr<const MediaRun>> media_runs_;
    std::uint64_t current_worker_run_ = 0;
    std::shared_ptr<const MediaRun> current_run_;
    std::optional<std::uint64_t> last_published_;  // number of the last fragment in a published segment
    MonotonicTime changed_at_{};
    std::shared_ptr<const MediaWindow> window_;
};

}  // namespace gatehouse::media_worker
