#include "hls/playlist_clock.h"

#include <algorithm>
#include <chrono>

namespace gatehouse::mediamtx {

namespace {

using std::chrono::microseconds;

// Beyond these a stamp is not one of our own clock.
constexpr std::int64_t kAheadUs = 50'000, kBehindUs = 2'000'000;
// So many lists in a row that were not there when their stamps said so: the stamps are another clock's.
constexpr int kPatience = 4;
constexpr std::int64_t kCreepUs = 2'000;

}  // namespace

void PlaylistClock::changed(Now now, std::optional<UtcTime> newest_end, std::int64_t duration_us) {
    // One question in vain means: a little earlier than this it was not there yet.
    if (too_early_ > 0)
        guard_us_ = std::min(guard_us_ + guard_us_ / 2, kMostGuardUs);
    else
        guard_us_ = std::max(guard_us_ - guard_us_ / 32, kLeastGuardUs);

    misled_ = too_early_ >= 2 ? misled_ + 1 : 0;
    trusted_ = trusted_ && misled_ < kPatience;
    const std::int64_t since_end_us = newest_end ? (now.utc - *newest_end).count() : -1;
    const bool stamped = trusted_ && newest_end && since_end_us >= -kAheadUs && since_end_us <= duration_us + kBehindUs;
    std::int64_t wait_us = 0;
    if (stamped) {
        age_us_ = std::max<std::int64_t>(since_end_us, 0);
        wait_us = duration_us + guard_us_ - since_end_us;
    } else {
        age_us_ = std::nullopt;
        settled_ = settled_ || too_early_ > 0;
        // What was seen may have been there before: come earlier and earlier until it was too early, then very slowly.
        wait_us = duration_us;
        if (too_early_ > 0)
            wait_us += kLeastGuardUs / 2;
        else
            wait_us -= settled_ ? kCreepUs : std::min<std::int64_t>(duration_us / 4, 400'000);
    }
    too_early_ = 0;
    retry_us_ = kFirstRetryUs;
    due_ = now.monotonic + microseconds(std::max(wait_us, kFirstRetryUs));
}

void PlaylistClock::unchanged(Now now) {
    ++too_early_;
    due_ = now.monotonic + microseconds(retry_us_);
    retry_us_ = std::min(retry_us_ * 2, kLastRetryUs);
}

}  // namespace gatehouse::mediamtx
