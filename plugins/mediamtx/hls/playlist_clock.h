// When a live playlist is asked for again. Pure.
#pragma once

#include <gatehouse/clock.h>

#include <cstdint>
#include <optional>

namespace gatehouse::mediamtx {

// MediaMTX lists a segment at the moment when the keyframe of the next one arrives, and stamps that keyframe with its
// own clock (EXT-X-PROGRAM-DATE-TIME). So on one machine the time of the next segment is known: end of the newest one
// plus the length that one had. Where the stamps make no sense (a camera's own clock), the moments at which news were
// seen tell it, approached step by step. A guard keeps the question behind the answer; it grows where we came too
// early. Not thread-safe.
class PlaylistClock {
public:
    static constexpr std::int64_t kLeastGuardUs = 80'000, kMostGuardUs = 450'000;
    static constexpr std::int64_t kFirstRetryUs = 60'000, kLastRetryUs = 1'000'000;

    struct Now {
        MonotonicTime monotonic{};
        UtcTime utc;
    };
    // The answer had new segments; the newest is `duration_us` long and ends at `newest_end`, where that is known.
    void changed(Now now, std::optional<UtcTime> newest_end, std::int64_t duration_us);
    // The answer had nothing new.
    void unchanged(Now now);
    // When to ask next.
    MonotonicTime due() const noexcept { return due_; }
    // At the last changed(): how long the newest segment had been listed before we saw it, where its stamp tells.
    std::optional<std::int64_t> age_us() const noexcept { return age_us_; }

private:
    MonotonicTime due_{};
    std::int64_t guard_us_ = 2 * kLeastGuardUs;
    std::int64_t retry_us_ = kFirstRetryUs;
    std::optional<std::int64_t> age_us_;
    int too_early_ = 0;     // questions in vain since the last news
    int misled_ = 0;        // lists in a row for which the stamps were far too early
    bool trusted_ = true;   // the stamps
    bool settled_ = false;  // without stamps: we have been too early once, so the phase is known
};

}  // namespace gatehouse::mediamtx
