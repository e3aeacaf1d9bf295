// HLS playlists (RFC 8216) as text. Pure.
#pragma once

#include <gatehouse/catalogue.h>
#include <gatehouse/clock.h>
#include <gatehouse/media_engine.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gatehouse::hls {

struct PlaylistSegment {
    std::uint64_t media_sequence = 0;  // rises by one
    // Number of discontinuities up to and including the one right before this segment, since the stream began.
    std::uint64_t discontinuity = 0;
    std::uint64_t public_run_id = 0;
    int target_duration_s = 0;  // of its run
    std::int64_t duration_us = 0;
    UtcTime start;
    MediaContainer container = MediaContainer::kFragmentedMp4;  // the same for all segments of a playlist
};

// Empty segments: empty text. A discontinuity before the first segment is counted in EXT-X-DISCONTINUITY-SEQUENCE, not
// written as a tag.
std::string media_playlist(StreamRole role, std::span<const PlaylistSegment> segments);

// Index of the first segment that belongs into the playlist: the last `goal_us` or four target durations, whichever is
// more, but never fewer than three segments where there are three (RFC 8216, 6.2.2); and nothing from before an
// interruption that was longer than `longest_gap_us`.
std::size_t playlist_begin(std::span<const PlaylistSegment> segments, std::int64_t goal_us,
                           std::int64_t longest_gap_us);

struct Variant {
    StreamRole role = StreamRole::kMain;
    std::string codecs;  // RFC 6381; empty: not said
    int width = 0, height = 0;
    std::int64_t bandwidth_bps = 0, average_bandwidth_bps = 0;
};

std::string multivariant_playlist(std::span<const Variant> variants);

}  // namespace gatehouse::hls
