// How long to wait before something that failed is tried again.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace gatehouse::plugin {

struct Backoff {
    std::chrono::milliseconds first{1'000};
    std::chrono::milliseconds longest{60'000};

    // `failures` in a row, from 1: first, then twice as long each time. Pure.
    constexpr std::chrono::milliseconds delay(std::size_t failures) const {
        auto wait = first;
        for (std::size_t i = 1; i < failures && wait < longest; ++i) wait *= 2;
        return std::min(wait, longest);
    }
};

}  // namespace gatehouse::plugin
