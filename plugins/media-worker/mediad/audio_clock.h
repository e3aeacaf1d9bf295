#pragma once

#include <cstdint>
#include <optional>

#include "access_unit.h"

namespace gatehouse::mediad {

/// Places AAC frames on a time line that counts samples: each frame follows the one before it exactly, unless the
/// source's time stamps say that something is missing. Not thread-safe.
class AudioClock {
public:
    /// Time stamps that differ from the count by less than this are jitter.
    static constexpr unsigned kToleranceDivisor = 5;  // of a second: 200 ms

    void reset(std::uint32_t sample_rate, std::uint32_t samples_per_frame, std::int64_t base_ns);

    /// Position of the next frame in samples since the base. `pts_ns` may be kNoTime, or repeat the last one (several
    /// frames in a packet): then the frame follows the one before. Empty: the frame must be dropped, because it has no
    /// time yet, lies before the base or after `latest_ns`, overlaps what was placed already, or follows such a frame.
    std::optional<std::uint64_t> place(std::int64_t pts_ns, std::optional<std::int64_t> latest_ns = std::nullopt);

private:
    std::int64_t samples_at(std::int64_t ns) const;

    std::uint32_t rate_ = 48000;
    std::uint32_t samples_per_frame_ = 1024;
    std::int64_t base_ns_ = 0;
    std::int64_t last_pts_ns_ = kNoTime;
    std::optional<std::int64_t> stamp_;  // where its time stamp puts the frame
    std::optional<std::int64_t> next_;   // where it would follow the one before
};

/// Keeps sound near the picture it arrives with. Clocks that drift apart, or of which one alone jumps, leave them more
/// than a second apart; once that has lasted, the sound is moved to the picture. Bursts, pauses and pictures that are
/// seconds apart move nothing, for sound and picture take few turns meanwhile. Not thread-safe.
class AudioAnchor {
public:
    static constexpr std::int64_t kApartNs = 1'000'000'000;
    /// Frames of sound that come right after a picture, all of them apart; 25 pictures a second make it 600 ms.
    static constexpr unsigned kTurns = 15;

    void reset() { *this = {}; }
    void see_picture(std::int64_t pts_ns);
    /// The time of a frame that has arrived, on the clock of the pictures; kNoTime stays.
    std::int64_t move(std::int64_t pts_ns);
    /// Sound and picture are apart and the sound has not been moved yet.
    bool is_apart() const noexcept { return turns_ > 0; }

private:
    std::optional<std::int64_t> picture_ns_;
    bool new_picture_ = false;
    unsigned turns_ = 0;
    std::int64_t shift_ns_ = 0;
};

}  // namespace gatehouse::mediad
