// What was fetched of one life of a MediaMTX muxer, as a MediaWindow. Pure.
#pragma once

#include <gatehouse/media_engine.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hls/playlist_parser.h"

namespace gatehouse::mediamtx {

// A file's name up to its number: "0a64c6497b1d_video1_seg23.mp4" gives "0a64c6497b1d_video1_seg". MediaMTX gives every
// muxer a random prefix, so that the stem of its segments names the muxer.
std::string_view stem_of(std::string_view uri) noexcept;

// Not thread-safe. Epoch, runs and numbers depend on names and sequences only: after a restart of the gateway the same
// bytes have the same names again.
class MuxerWindow {
public:
    // `life` tells muxers apart that have one stem, which MediaMTX never does.
    MuxerWindow(std::string_view path_name, std::string_view stem, std::uint64_t life);

    const std::string& stem() const noexcept { return stem_; }
    std::optional<std::uint64_t> last_sequence() const noexcept { return last_sequence_; }
    // Skips a segment: it will not be asked for again, and the next one has a gap before it.
    void skip(std::uint64_t sequence) { last_sequence_ = sequence; }

    static std::uint64_t run_id(std::string_view map_uri) noexcept;  // never 0
    const MediaRun* run(std::string_view map_uri) const noexcept;
    void add_run(MediaRun run);

    // Rising sequences; the run has been added.
    void add_segment(const ListedSegment& listed, UtcTime start, http::Body body);
    // Drops segments older than `first_sequence`, and the oldest beyond `limit_bytes`; the newest stays.
    void trim(std::uint64_t first_sequence, std::size_t limit_bytes);
    bool empty() const noexcept { return held_.empty(); }

    std::shared_ptr<const MediaWindow> window(MonotonicTime changed_at, bool live) const;

private:
    struct Held {
        std::uint64_t sequence = 0;
        MediaSegment segment;
    };
    const std::string stem_;
    const std::uint64_t epoch_;
    std::vector<std::shared_ptr<const MediaRun>> runs_;
    std::deque<Held> held_;
    std::optional<std::uint64_t> last_sequence_;
    std::optional<std::uint64_t> last_added_;
};

// The starts of the segments of a playlist: those that are stamped count, the others lie side by side with them. Where
// none is stamped the newest ends at `now`.
std::vector<UtcTime> starts_of(const std::vector<ListedSegment>& segments, UtcTime now);

}  // namespace gatehouse::mediamtx
