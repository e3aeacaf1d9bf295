#pragma once

#include <cstdint>

namespace gatehouse::mediad {

/// Microseconds since 1970, UTC. Thread-safe.
std::int64_t utc_now_us();

}  // namespace gatehouse::mediad
