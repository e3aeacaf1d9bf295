#include "back_off.h"

#include <algorithm>

namespace state_webhook {

std::chrono::milliseconds back_off(int failures, std::chrono::milliseconds first, std::chrono::milliseconds longest,
                                   double dice) {
    auto whole = std::min(first, longest);
    for (int i = 1; i < failures && whole < longest; ++i) whole = std::min(whole * 2, longest);
    const double part = 0.5 + 0.5 * std::clamp(dice, 0.0, 1.0);
    return std::chrono::milliseconds{
        static_cast<std::chrono::milliseconds::rep>(static_cast<double>(whole.count()) * part)};
}

}  // namespace state_webhook
