// What an initialisation section (ftyp + moov) says of its tracks. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::mediamtx {

inline constexpr std::size_t kLargestInitBytes = 256 * 1024;

struct InitTrack {
    enum class Kind { kVideo, kAudio, kOther };
    Kind kind = Kind::kOther;
    std::uint32_t id = 0;
    std::string codec;          // RFC 6381 where it can be told, else the sample entry's four characters
    int width = 0, height = 0;  // of video, pixels
};

// Throws Error(kBadUpstream) where the bytes are no such section. At most 8 tracks.
std::vector<InitTrack> parse_init(std::string_view init);

// "avc1.4d401e,mp4a.40.2"
std::string codecs_of(const std::vector<InitTrack>& tracks);

}  // namespace gatehouse::mediamtx
