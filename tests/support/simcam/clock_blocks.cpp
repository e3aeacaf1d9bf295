#include "clock_blocks.hpp"

namespace gatehouse::simcam {

std::uint64_t clock_word(std::uint8_t camera, std::uint64_t utc_ms) {
    constexpr std::uint64_t kSync = 0b1010;
    constexpr std::uint64_t kUtcMask = (std::uint64_t{1} << 44U) - 1U;
    const std::uint64_t payload = (kSync << 52U) | (std::uint64_t{camera} << 44U) | (utc_ms & kUtcMask);
    std::uint64_t checksum = 0;
    for (unsigned shift = 0; shift < 56U; shift += 8U) checksum ^= (payload >> shift) & 0xffU;
    return (payload << 8U) | checksum;
}

}  // namespace gatehouse::simcam
