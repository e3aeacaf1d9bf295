#include "audio_clock.h"

#include <cmath>
#include <cstdlib>
#include <utility>

namespace gatehouse::mediad {

void AudioClock::reset(std::uint32_t sample_rate, std::uint32_t samples_per_frame, std::int64_t base_ns) {
    rate_ = sample_rate;
    samples_per_frame_ = samples_per_frame;
    base_ns_ = base_ns;
    last_pts_ns_ = kNoTime;
    stamp_.reset();
    next_.reset();
}

std::int64_t AudioClock::samples_at(std::int64_t ns) const {
    return std::llround(static_cast<double>(ns - base_ns_) * rate_ / 1e9);
}

std::optional<std::uint64_t> AudioClock::place(std::int64_t pts_ns, std::optional<std::int64_t> latest_ns) {
    if (pts_ns != kNoTime && pts_ns != last_pts_ns_) {
        last_pts_ns_ = pts_ns;
        stamp_ = samples_at(pts_ns);
    } else if (stamp_) {
        *stamp_ += samples_per_frame_;
    }
    if (!stamp_ || (latest_ns && *stamp_ > samples_at(*latest_ns))) return std::nullopt;
    const std::int64_t tolerance = rate_ / kToleranceDivisor;
    if (!next_ || *stamp_ > *next_ + tolerance) next_ = *stamp_;
    if (*stamp_ < *next_ - tolerance) return std::nullopt;
    const std::int64_t position = *next_;
    next_ = position + samples_per_frame_;
    if (position < 0) return std::nullopt;
    return static_cast<std::uint64_t>(position);
}

void AudioAnchor::see_picture(std::int64_t pts_ns) {
    picture_ns_ = pts_ns;
    new_picture_ = true;
}

std::int64_t AudioAnchor::move(std::int64_t pts_ns) {
    if (pts_ns == kNoTime) return kNoTime;
    const bool is_turn = std::exchange(new_picture_, false);
    const std::int64_t apart_ns = picture_ns_ ? pts_ns + shift_ns_ - *picture_ns_ : 0;
    if (std::abs(apart_ns) <= kApartNs) {
        turns_ = 0;
    } else if (is_turn && ++turns_ >= kTurns) {
        shift_ns_ -= apart_ns;
        turns_ = 0;
    }
    return pts_ns + shift_ns_;
}

}  // namespace gatehouse::mediad
