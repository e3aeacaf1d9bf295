#include "backoff.h"

#include <algorithm>

namespace gatehouse::mediad {
namespace {

Backoff::Duration jittered(Backoff::Duration d, double chance) {
    const auto half = d.count() / 2;
    return Backoff::Duration(half +
                             static_cast<Backoff::Duration::rep>(static_cast<double>(d.count() - half) * chance));
}

}  // namespace

Backoff::Duration Backoff::next(Duration outage, double chance) {
    if (had_played_) {
        had_played_ = false;
        return jittered(Duration(500), chance);
    }
    const Duration wait = std::min(step_, outage < kYoungOutage ? kYoungLimit : kLimit);
    step_ = std::min(wait * 2, kLimit);
    return jittered(wait, chance);
}

Backoff::Duration Backoff::next_login(Duration outage, double chance) {
    if (refused_logins_ + 1 < kQuickLogins) {
        ++refused_logins_;
        return next(outage, chance);
    }
    const Duration wait = login_step_;
    login_step_ = std::min(wait * 2, kLoginLimit);
    return jittered(wait, chance);
}

void Backoff::played() {
    step_ = Duration(500);
    login_step_ = kLoginStep;
    refused_logins_ = 0;
    had_played_ = true;
}

}  // namespace gatehouse::mediad
