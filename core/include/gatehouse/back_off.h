// Waiting times between attempts: they double from first to most, each spread by a quarter so that many do not return
// at the same instant. Pure: the caller brings the randomness. Not thread-safe.
#pragma once

#include <algorithm>
#include <chrono>

namespace gatehouse {

class BackOff {
public:
    BackOff(std::chrono::milliseconds first, std::chrono::milliseconds most)
        : first_(first), most_(most), next_(first) {}

    // `random`: 0 to 1. Gives 0.75 to 1.25 of the doubled time; without it, that time itself.
    std::chrono::milliseconds next(double random = 0.5) {
        const auto now = next_;
        next_ = std::min(next_ * 2, most_);
        return std::chrono::milliseconds(
            static_cast<std::chrono::milliseconds::rep>(static_cast<double>(now.count()) * (0.75 + 0.5 * random)));
    }
    void reset() { next_ = first_; }
    bool at_rest() const { return next_ == first_; }

private:
    std::chrono::milliseconds first_, most_, next_;
};

}  // namespace gatehouse
