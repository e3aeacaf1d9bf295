#include "video_source.hpp"

namespace gatehouse::simcam {

std::uint64_t utc_ms_at(SteadyTime time) {
    const auto ago = std::chrono::steady_clock::now() - time;
    const auto utc = std::chrono::system_clock::now() - ago;
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(utc.time_since_epoch()).count());
}

std::int64_t steady_ns(SteadyTime time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace gatehouse::simcam
