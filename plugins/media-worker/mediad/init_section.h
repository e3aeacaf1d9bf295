#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "codec_config.h"

namespace gatehouse::mediad {

inline constexpr std::uint32_t kVideoTimescale = 90000;
inline constexpr std::uint32_t kVideoTrackId = 1;
inline constexpr std::uint32_t kAudioTrackId = 2;

/// ftyp + moov of a fragmented MP4 with one video track and, where given, one audio track. Thread-safe.
std::vector<std::byte> make_init_section(const VideoConfig& video, const std::optional<AudioConfig>& audio);

}  // namespace gatehouse::mediad
