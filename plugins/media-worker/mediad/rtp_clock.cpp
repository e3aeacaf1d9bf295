#include "rtp_clock.h"

#include <algorithm>

namespace gatehouse::mediad {
namespace {

std::uint32_t u32_at(std::span<const std::byte> bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
    return value;
}

}  // namespace

std::optional<RtpHeader> parse_rtp_header(std::span<const std::byte> packet) {
    if (packet.size() < 12 || (std::to_integer<unsigned>(packet[0]) >> 6) != 2) return std::nullopt;
    return RtpHeader{static_cast<std::uint8_t>(std::to_integer<unsigned>(packet[1]) & 0x7FU), u32_at(packet, 4),
                     u32_at(packet, 8)};
}

std::int64_t RtpClock::to_ns(std::uint32_t timestamp, std::int64_t since_play_ns) {
    if (!last_) {
        const std::uint32_t origin = origin_.value_or(timestamp);
        ticks_ = static_cast<std::int32_t>(timestamp - origin);
        const bool plausible = origin_ && std::abs(ticks_) < 10 * static_cast<std::int64_t>(rate_hz_);
        if (!plausible) {
            ticks_ = 0;
            offset_ns_ = since_play_ns - since_play_ns % 100'000;  // whole ticks of 90 kHz, so that none is rounded
        }
    } else {
        ticks_ += static_cast<std::int32_t>(timestamp - *last_);  // the nearer way round
    }
    last_ = timestamp;
    // Split so that ticks of many years do not overflow.
    const std::int64_t rate = rate_hz_;
    const std::int64_t ns = ticks_ / rate * 1'000'000'000 + ticks_ % rate * 1'000'000'000 / rate;
    return std::max<std::int64_t>(kBeginNs + offset_ns_ + ns, 0);
}

}  // namespace gatehouse::mediad
