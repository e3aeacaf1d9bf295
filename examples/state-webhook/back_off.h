// How long to wait before the next attempt.
#pragma once

#include <chrono>

namespace state_webhook {

// After the `failures`th failure in a row (from 1): `first`, doubled with each further one, at most `longest`, and of
// that a part between one half and all by `dice` (0 to 1), so that many boxes do not come back in step.
std::chrono::milliseconds back_off(int failures, std::chrono::milliseconds first, std::chrono::milliseconds longest,
                                   double dice);

}  // namespace state_webhook
