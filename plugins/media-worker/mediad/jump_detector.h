#pragma once

#include <cstdint>
#include <optional>

namespace gatehouse::mediad {

/// Tells a jump of the source's clock from its normal pace. Times are 90 kHz ticks, fed in decoding order. A step back
/// of less than a second is left to the DecodeClock, which knows what reordering allows. Not thread-safe.
class JumpDetector {
public:
    static constexpr std::int64_t kForwardTicks = 135'000;  // 1.5 s
    static constexpr std::int64_t kBackTicks = 90'000;

    /// True when `pts` does not continue what came before; afterwards it counts as the new beginning.
    bool jumps(std::int64_t pts);
    void reset() { latest_.reset(); }

    /// Smoothed distance of two pictures in display order, at least 1; 3600 (25 per second) until known.
    std::int64_t interval_ticks() const noexcept { return interval_; }

private:
    std::optional<std::int64_t> latest_;
    std::int64_t interval_ = 3600;
};

}  // namespace gatehouse::mediad
