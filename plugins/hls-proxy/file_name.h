// The names that live below /hls/<stream key>/. Pure; does not allocate, does not throw.
#pragma once

#include <gatehouse/catalogue.h>
#include <gatehouse/media_engine.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::hls {

// 8 to 64 of [A-Za-z0-9-]: room for the UUIDs of today. Anything else cannot name a camera.
bool is_stream_key(std::string_view text) noexcept;

struct FileName {
    enum class Kind { kUnknown, kIndex, kPlaylist, kInit, kSegment };
    Kind kind = Kind::kUnknown;
    StreamRole role = StreamRole::kMain;
    std::uint64_t number = 0;  // media sequence of a segment, public id of an init section's run
    MediaContainer container = MediaContainer::kFragmentedMp4;  // of a segment

    bool operator==(const FileName&) const = default;
};

// index.m3u8, main.m3u8, main_<16 hex digits>_init.mp4, main_<media sequence>.m4s or .ts, and the same for sub. Numbers
// have one spelling only, so that a cache in front keeps every file once.
FileName parse_file_name(std::string_view text) noexcept;

std::string playlist_name(StreamRole role);
std::string init_name(StreamRole role, std::uint64_t public_run_id);
std::string segment_name(StreamRole role, std::uint64_t media_sequence,
                         MediaContainer container = MediaContainer::kFragmentedMp4);

}  // namespace gatehouse::hls
