// Waiting times between attempts: they double from first to most. Pure.
#pragma once

#include <algorithm>
#include <chrono>

namespace gatehouse::media_worker {

class BackOff {
public:
    BackOff(std::chrono::milliseconds first, std::chrono::milliseconds most) : first_(first), most_(most), next_(first) {}

    std::chrono::milliseconds next() {
        const auto now = next_;
        next_ = std::min(next_ * 2, most_);
        return now;
    }
    void reset() { next_ = first_; }

private:
    std::chrono::milliseconds first_, most_, next_;
};

}  // namespace gatehouse::media_worker
