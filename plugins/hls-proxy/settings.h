// What etc/plugins.d/hls-proxy.yaml says.
#pragma once

#include <gatehouse/config.h>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gatehouse::hls {

struct Settings {
    std::chrono::milliseconds playlist{14'000};
    std::chrono::milliseconds keep_window{30'000};
    std::chrono::milliseconds first_picture_wait{15'000};
    std::chrono::seconds viewer_timeout{15};
    std::chrono::milliseconds viewer_flush{10'000};
    std::chrono::hours viewer_retention{30 * 24};
    std::int64_t viewer_sessions = 1'000'000;
    std::size_t origin_cache = 64u << 20;
};

const ConfigTable<Settings>& settings_table();

}  // namespace gatehouse::hls
