#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace gatehouse::mediad {

/// What a sequence parameter set says that we need.
struct SequenceInfo {
    std::uint32_t width = 0;  ///< pixels shown, after cropping
    std::uint32_t height = 0;
    /// How many pictures may precede a picture in decoding order and follow it in output order. Empty when the stream
    /// does not say (H.264 without bitstream restrictions): it must be observed.
    std::optional<unsigned> reorder_depth;
};

/// `sps` is a whole NAL unit with its header, H.264 7.3.2.1.1 and E.1.1. Empty when it cannot be understood.
/// Thread-safe.
std::optional<SequenceInfo> parse_h264_sps(std::span<const std::byte> sps);

/// The same for H.265, 7.3.2.2.
std::optional<SequenceInfo> parse_h265_sps(std::span<const std::byte> sps);

}  // namespace gatehouse::mediad
