#include "backoff.h"

#include <algorithm>

namespace gatehouse::mediad {

Backoff::Duration Backoff::next(Duration outage, double chance) {
    const auto jittered = [chance](Duration d) {
        const auto half = d.count() / 2;
        return Duration(half + static_cast<Duration::rep>(static_cast<double>(d.count() - half) * chance));
    };
    if (had_played_) {
        had_played_ = false;
        return jittered(Duration(500));
    }
    const Duration wait = std::min(step_, outage < kYoungOutage ? kYoungLimit : kLimit);
    step_ = std::min(wait * 2, kLimit);
    return jittered(wait);
}

void Backoff::played() {
    step_ = Duration(500);
    had_played_ = true;
}

}  // namespace gatehouse::mediad
