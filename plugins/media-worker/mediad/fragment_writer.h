#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "box_writer.h"

namespace gatehouse::mediad {

struct VideoSample {
    std::uint32_t size_bytes = 0;
    std::uint32_t duration = 0;    ///< 90 kHz
    std::int32_t composition = 0;  ///< presentation minus decode time, 90 kHz
    bool keyframe = false;
};

struct AudioSample {
    std::uint32_t size_bytes = 0;
    std::uint32_t duration = 0;  ///< in samples of the audio
};

/// Writes the moof and the header of its mdat: one moof for all tracks, each track one trun; the mdat holds the video
/// samples, then the audio samples. Keeps its buffer between fragments. Not thread-safe.
class FragmentWriter {
public:
    struct Contents {
        std::uint32_t sequence = 0;
        std::uint64_t video_decode_time = 0;
        std::span<const VideoSample> video;
        std::uint64_t audio_decode_time = 0;  ///< in samples of the audio
        std::span<const AudioSample> audio;   ///< empty: no traf for audio
    };

    /// Valid until the next call.
    std::span<const std::byte> write_head(const Contents& contents);

private:
    BoxWriter out_;
};

}  // namespace gatehouse::mediad
