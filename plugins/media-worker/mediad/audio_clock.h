#pragma once

#include <cstdint>
#include <optional>

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
    /// time yet, lies before the base, or overlaps what was placed already.
    std::optional<std::uint64_t> place(std::int64_t pts_ns);

private:
    std::uint32_t rate_ = 48000;
    std::uint32_t samples_per_frame_ = 1024;
    std::int64_t base_ns_ = 0;
    std::int64_t last_pts_ns_ = 0;
    std::optional<std::int64_t> next_;
};

}  // namespace gatehouse::mediad
