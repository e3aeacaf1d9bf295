// What MediaMTX's control API answers, read with bounds. Pure.
//
// Hostile input: a MediaMTX may be broken or somebody else's program. Unknown fields are passed over, missing ones are
// "unknown", a wrong type or a count beyond the limits is an Error(kBadUpstream). Source: MediaMTX v1.9 to v1.20.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "desired_paths.h"

namespace gatehouse::mediamtx {

inline constexpr std::size_t kMaxAnswerBytes = 32U << 20U;
inline constexpr std::size_t kMaxItems = 20'000;
inline constexpr std::size_t kMaxTextBytes = 4'096;  // of any single string that we keep

struct EngineInfo {
    std::string version;  // "v1.20.1"
    std::string started;  // RFC 3339, compared only
};
EngineInfo read_info(std::string_view json);

// One runtime path. Counters start at 0 whenever the stream becomes available again.
struct PathItem {
    bool available = false;      // or "ready" of versions before 1.16
    std::string available_time;  // compared only: another one is another connection
    std::uint64_t bytes = 0;     // inboundBytes, or bytesReceived before 1.17
    std::uint64_t readers = 0;
    std::string video_track, audio_track;  // MediaMTX's labels, e.g. "H264", "MPEG-4 Audio"
    int width = 0, height = 0;             // pixels; 0: unknown
};
using PathItems = std::unordered_map<std::string, PathItem>;
// /v3/paths/list, one page.
PathItems read_paths(std::string_view json);

// /v3/config/paths/list: the settings that we give, of each path, and a hash of all others.
struct ConfiguredPath : PathConfig {
    std::size_t others = 0;  // never 0 when read
};
using ConfiguredPaths = std::map<std::string, ConfiguredPath>;
ConfiguredPaths read_configured_paths(std::string_view json);

// /v3/config/global/get: each setting's value as JSON without spaces. Holds secrets.
using RawSettings = std::map<std::string, std::string>;
inline constexpr std::size_t kMaxSettings = 2'000;
inline constexpr std::size_t kMaxSettingsBytes = 1U << 20U;
RawSettings read_settings(std::string_view json);

// The global settings that an attached gateway needs.
struct GlobalConfig {
    bool hls = false;
    std::string hls_variant, cdn_secret;
};
GlobalConfig read_global(std::string_view json);

// "error" of a refusal; empty where there is none. Never throws.
std::string read_error(std::string_view json);

// What REPLACE takes.
std::string path_body(const PathConfig& config);

}  // namespace gatehouse::mediamtx
