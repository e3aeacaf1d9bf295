#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace gatehouse::mediad {

/// Gives each picture its decode time from the presentation times of the pictures so far, without holding any back:
/// with a reorder depth of N, picture i is decoded when the (i-N)th picture in display order is shown. Times are 90 kHz
/// ticks. Not thread-safe.
class DecodeClock {
public:
    /// `frame_ticks` is only used to place the first `depth` pictures before the first presentation time.
    void reset(unsigned depth, std::int64_t frame_ticks);

    /// Grows strictly. Empty when `pts` lies before a decode time that was given out already: either the depth is
    /// wrong or the source's clock went back.
    std::optional<std::int64_t> next(std::int64_t pts);

private:
    unsigned depth_ = 0;
    std::int64_t frame_ticks_ = 3600;
    unsigned given_ = 0;
    std::int64_t first_pts_ = 0;
    std::int64_t last_dts_ = 0;
    std::vector<std::int64_t> waiting_;  // sorted, at most depth_ + 1
};

/// Learns the reorder depth of a stream that does not declare it. Depths above kMost are taken for a jump of the clock.
class ReorderObserver {
public:
    static constexpr unsigned kMost = 4;

    void see(std::int64_t pts);
    void forget_pictures() { recent_.clear(); }  ///< the time base changed; what was learned stays
    unsigned depth() const noexcept { return depth_; }

private:
    unsigned depth_ = 0;
    std::vector<std::int64_t> recent_;
};

}  // namespace gatehouse::mediad
