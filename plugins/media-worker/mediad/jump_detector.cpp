#include "jump_detector.h"

#include <algorithm>

namespace gatehouse::mediad {

bool JumpDetector::jumps(std::int64_t pts) {
    if (!latest_) {
        latest_ = pts;
        return false;
    }
    const std::int64_t step = pts - *latest_;
    if (step < -kBackTicks) {
        latest_ = pts;
        return true;
    }
    if (step <= 0) return false;  // reordered
    // A camera of one picture in two seconds is slow, not jumping: its own pace widens the limit.
    const bool jump = step > std::max(kForwardTicks, 4 * interval_);
    interval_ = std::clamp<std::int64_t>((3 * interval_ + std::min<std::int64_t>(step, 900'000)) / 4, 1, 900'000);
    latest_ = pts;
    return jump;
}

}  // namespace gatehouse::mediad
