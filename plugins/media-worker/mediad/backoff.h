#pragma once

#include <chrono>

namespace gatehouse::mediad {

/// How long to wait before the next attempt to reach a camera: short while an outage is young, so that a viewer loses
/// little, bounded and jittered later, so that a dead camera costs little. Pure; the caller brings clock and chance.
class Backoff {
public:
    using Duration = std::chrono::milliseconds;

    static constexpr Duration kYoungOutage{30'000};
    static constexpr Duration kYoungLimit{1'000};
    static constexpr Duration kLimit{10'000};

    /// Cameras lock a login after about five wrong ones, and its main and sub stream are two.
    static constexpr int kQuickLogins = 2;
    static constexpr Duration kLoginStep{120'000};
    static constexpr Duration kLoginLimit{300'000};

    /// `outage`: since the last picture (or since the stream was wanted). `chance` in [0, 1).
    Duration next(Duration outage, double chance);

    /// The same after a login that was refused: all but the first ones wait for minutes, until one plays.
    Duration next_login(Duration outage, double chance);

    /// The connection played: the next failure begins a new outage.
    void played();

private:
    Duration step_{500};
    Duration login_step_ = kLoginStep;
    int refused_logins_ = 0;
    bool had_played_ = false;
};

}  // namespace gatehouse::mediad
