#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace gatehouse::mediad {

/// The fixed part of an RTP header (RFC 3550, 5.1).
struct RtpHeader {
    std::uint8_t payload_type = 0;
    std::uint32_t timestamp = 0;
    std::uint32_t ssrc = 0;
};

/// Empty when the packet is too short or not version 2.
std::optional<RtpHeader> parse_rtp_header(std::span<const std::byte> packet);

/// Turns the 32-bit time stamps of one track into nanoseconds on a clock that all tracks of the session share. A wrap
/// is no event; a jump goes through as it is, for the fragment maker to judge. Not thread-safe.
class RtpClock {
public:
    /// `origin`: the time stamp that the camera declared for the session's beginning (RTP-Info); without it, or when
    /// the first packet lies more than 10 s from it, the beginning of the track is the arrival of its first packet.
    RtpClock(std::uint32_t rate_hz, std::optional<std::uint32_t> origin) : rate_hz_(rate_hz), origin_(origin) {}

    /// `since_play_ns`: arrival, counted from the camera's consent to play. The result is at least 0.
    std::int64_t to_ns(std::uint32_t timestamp, std::int64_t since_play_ns);

private:
    /// Every session begins here, so that what precedes its origin is not negative.
    static constexpr std::int64_t kBeginNs = 100'000'000'000'000;  // more than a day

    std::uint32_t rate_hz_;
    std::optional<std::uint32_t> origin_;
    std::optional<std::uint32_t> last_;
    std::int64_t ticks_ = 0;  // since the origin
    std::int64_t offset_ns_ = 0;
};

}  // namespace gatehouse::mediad
