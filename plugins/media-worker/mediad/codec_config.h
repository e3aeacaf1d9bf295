#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gatehouse::mediad {

enum class VideoCodec : std::uint8_t { h264, h265 };

/// What a video track needs besides its samples.
struct VideoConfig {
    VideoCodec codec = VideoCodec::h264;
    std::vector<std::byte> record;  ///< AVCDecoderConfigurationRecord or HEVC's (ISO/IEC 14496-15)
    std::string codec_string;       ///< RFC 6381
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::optional<unsigned> reorder_depth;  ///< see SequenceInfo
    bool operator==(const VideoConfig&) const = default;
};

struct AudioConfig {
    std::vector<std::byte> record;  ///< AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1)
    std::string codec_string;
    std::uint32_t sample_rate = 0;        ///< Hz, of the AAC core; also the track's time scale
    std::uint32_t channels = 0;           ///< 0: declared inside the stream
    std::uint32_t samples_per_frame = 0;  ///< 1024 or 960
    bool operator==(const AudioConfig&) const = default;
};

/// From the record alone; empty when it is malformed or names no picture size. Thread-safe.
std::optional<VideoConfig> video_config_from_avcc(std::span<const std::byte> record);
std::optional<VideoConfig> video_config_from_hvcc(std::span<const std::byte> record);
std::optional<AudioConfig> audio_config_from_asc(std::span<const std::byte> record);

}  // namespace gatehouse::mediad
