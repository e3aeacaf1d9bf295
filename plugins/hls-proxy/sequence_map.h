// Media sequence and discontinuity sequence of a stream (RFC 8216, 4.3.3.2 and 4.3.3.3): they only ever rise, over
// restarts of the camera, the engine and the gateway. Pure.
#pragma once

#include <gatehouse/clock.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace gatehouse::hls {

// What is kept of a stream. Plain data: written to disk as it is.
struct SequenceState {
    static constexpr std::size_t kRemembered = 32;
    struct Segment {
        std::uint64_t number = 0;         // the engine's
        std::uint64_t discontinuity = 0;  // as PlaylistSegment::discontinuity
    };
    std::uint64_t epoch = 0;
    std::uint64_t next_media_sequence = 0;
    std::uint64_t discontinuity = 0;  // of the newest segment
    std::uint64_t last_run_id = 0;
    std::int64_t last_end_us = 0;  // UTC, end of the newest segment
    std::uint32_t used = 0;        // 1 once a segment was numbered
    std::uint32_t count = 0;       // valid entries of `segments`, oldest first; the newest has next_media_sequence - 1
    std::array<Segment, kRemembered> segments{};
};

// For a stream of which nothing is known: the media sequence begins with the seconds since 2024-01-01 and the
// discontinuity sequence with the minutes. Segments last longer than a second on average, so that the numbers are above
// all that were given before the memory was lost (a reboot clears the runtime directory).
SequenceState fresh_sequence(UtcTime now);

struct EngineSegment {
    std::uint64_t number = 0;
    std::uint64_t run_id = 0;
    bool gap_before = false;
    std::int64_t start_us = 0;  // UTC
    std::int64_t duration_us = 0;
};

struct SequenceNumbers {
    std::uint64_t media_sequence = 0;
    std::uint64_t discontinuity = 0;
    bool operator==(const SequenceNumbers&) const = default;
};

// The engine counts anew within its epoch: what it offers carries numbers that were given before, but was made later.
// An engine that does so breaks its word; without this its stream would be taken for old until it has caught up.
bool numbers_restarted(const SequenceState& state, std::uint64_t epoch, std::span<const EngineSegment> segments);

// Numbers the segments of a window, given oldest first. A segment that was numbered before (same epoch) gets the same
// numbers again; a new one continues, with a discontinuity where the epoch or the run changes, the engine says gap, or
// more than five seconds are missing. Where numbers_restarted() nothing was numbered before. Empty for segments older
// than all that is remembered.
std::vector<std::optional<SequenceNumbers>> number_segments(SequenceState& state, std::uint64_t epoch,
                                                            std::span<const EngineSegment> segments);

}  // namespace gatehouse::hls
