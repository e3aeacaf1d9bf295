#include "decode_clock.h"

#include <algorithm>

namespace gatehouse::mediad {

void DecodeClock::reset(unsigned depth, std::int64_t frame_ticks) {
    depth_ = depth;
    frame_ticks_ = std::max<std::int64_t>(frame_ticks, 1);
    given_ = 0;
    waiting_.clear();
}

std::optional<std::int64_t> DecodeClock::next(std::int64_t pts) {
    if (given_ == 0) first_pts_ = pts;
    waiting_.insert(std::upper_bound(waiting_.begin(), waiting_.end(), pts), pts);
    std::int64_t dts = 0;
    if (given_ < depth_) {
        dts = first_pts_ - static_cast<std::int64_t>(depth_ - given_) * frame_ticks_;
    } else {
        dts = waiting_.front();
        waiting_.erase(waiting_.begin());
        if (given_ > 0) {
            if (pts < last_dts_ || dts < last_dts_) return std::nullopt;
            dts = std::max(dts, last_dts_ + 1);  // two pictures with one time
        }
    }
    if (given_ <= depth_) ++given_;
    last_dts_ = dts;
    return dts;
}

void ReorderObserver::see(std::int64_t pts) {
    const auto later =
        static_cast<unsigned>(std::count_if(recent_.begin(), recent_.end(), [pts](auto t) { return t > pts; }));
    if (later <= kMost) depth_ = std::max(depth_, later);
    recent_.push_back(pts);
    if (recent_.size() > 2 * kMost) recent_.erase(recent_.begin());
}

}  // namespace gatehouse::mediad
