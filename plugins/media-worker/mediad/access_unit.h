#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace gatehouse::mediad {

enum class Track : std::uint8_t { video, audio };

inline constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();

/// One coded picture (length-prefixed NAL units, as in an MP4 sample) or one raw AAC frame, in the order of decoding.
struct AccessUnit {
    Track track = Track::video;
    std::int64_t pts_ns = kNoTime;  ///< presentation time on a clock that all tracks of the source share
    std::int64_t arrival_us = 0;    ///< UTC
    bool keyframe = false;
    std::span<const std::byte> bytes;  ///< only borrowed for the call
};

}  // namespace gatehouse::mediad
