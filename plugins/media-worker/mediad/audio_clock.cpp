#include "audio_clock.h"

#include <cmath>

#include "access_unit.h"

namespace gatehouse::mediad {

void AudioClock::reset(std::uint32_t sample_rate, std::uint32_t samples_per_frame, std::int64_t base_ns) {
    rate_ = sample_rate;
    samples_per_frame_ = samples_per_frame;
    base_ns_ = base_ns;
    last_pts_ns_ = kNoTime;
    next_.reset();
}

std::optional<std::uint64_t> AudioClock::place(std::int64_t pts_ns) {
    const bool stamped = pts_ns != kNoTime && pts_ns != last_pts_ns_;
    if (stamped) {
        last_pts_ns_ = pts_ns;
        const auto stamp = std::llround(static_cast<double>(pts_ns - base_ns_) * rate_ / 1e9);
        const std::int64_t tolerance = rate_ / kToleranceDivisor;
        if (!next_ || stamp > *next_ + tolerance) next_ = stamp;
        if (stamp < *next_ - tolerance) return std::nullopt;
    }
    if (!next_) return std::nullopt;
    const std::int64_t position = *next_;
    next_ = position + samples_per_frame_;
    if (position < 0) return std::nullopt;
    return static_cast<std::uint64_t>(position);
}

}  // namespace gatehouse::mediad
