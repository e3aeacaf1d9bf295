// HLS playlists as MediaMTX writes them (RFC 8216 and draft-pantos-hls-rfc8216bis). Pure.
#pragma once

#include <gatehouse/clock.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::mediamtx {

// What comes from outside is bounded; beyond these a playlist is refused.
inline constexpr std::size_t kLargestPlaylistBytes = 256 * 1024;
inline constexpr std::size_t kMostListedSegments = 512;
inline constexpr std::uint64_t kLargestSequence = std::uint64_t{1} << 53;

struct IndexPlaylist {
    std::string media_uri;  // of the variant with the highest bandwidth
    std::string audio_uri;  // of its audio rendition; empty: audio is in the variant, or there is none
    std::string codecs;     // empty: not said
    int width = 0, height = 0;
};

struct ListedSegment {
    std::uint64_t sequence = 0;
    std::string uri;
    std::string map_uri;  // of its init section; empty: MPEG-TS
    std::int64_t duration_us = 0;
    std::optional<UtcTime> start;
    bool discontinuity = false;  // before it
};

struct MediaPlaylist {
    int target_duration_s = 0;
    std::vector<ListedSegment> segments;  // without those marked EXT-X-GAP, which cannot be fetched
};

// Both throw Error(kBadUpstream) that says what is wrong. Tags that are not understood are left out: parts, preload
// hints and rendition reports describe media that is listed as whole segments too. Encryption, byte ranges and delta
// updates (never asked for) would change what a segment is, so they are refused.
IndexPlaylist parse_index(std::string_view text);
MediaPlaylist parse_media(std::string_view text);

// A plain file name beside the playlist: 1 to 255 of [A-Za-z0-9_.-], not beginning with a dot. No directory, no query,
// no escape, no other origin.
bool is_plain_name(std::string_view uri) noexcept;

// "2026-11-23T23:18:45.554Z", "2026-11-23T23:18:45+07:00" (RFC 3339); nullopt where it is something else.
std::optional<UtcTime> parse_date(std::string_view text);

}  // namespace gatehouse::mediamtx
