// The whole mediamtx.yml of a managed MediaMTX. Pure.
//
// It is YAML that is JSON line by line: every key and value is quoted the JSON way, one path a line, paths by name. An
// invalid file makes a running MediaMTX exit (v1.20.1, observed), so what is rendered is read back and compared first.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "desired_paths.h"
#include "engine_version.h"

namespace gatehouse::mediamtx {

struct EngineConfig {
    std::string api_address, hls_address, rtsp_address;  // "127.0.0.1:9997"
    std::string hls_variant = "fmp4";                    // fmp4 | mpegts
    std::chrono::milliseconds hls_segment{2'000};
    int hls_segments = 7;
    std::chrono::milliseconds read_timeout{10'000};
    int write_queue = 1'024;
    std::string cdn_secret;        // letters and digits
    std::string hook;              // "127.0.0.1:port/secret"
    std::string hook_fingerprint;  // of its certificate, 64 hex digits
    Capabilities capabilities;
    std::map<std::string, PathConfig> paths;
};

// The settings besides the paths, in the file's order; each value as JSON. Holds secrets. Throws as render() does.
using GlobalSettings = std::vector<std::pair<std::string, std::string>>;
GlobalSettings global_settings(const EngineConfig& config);

// Throws Error(kInternal) where a value cannot be written safely: a character out of place, a name that MediaMTX would
// refuse, a source that is no clean rtsp URL. The text names the path, never the value.
std::string render(const EngineConfig& config);

// The paths of a file that render() wrote; throws Error(kInternal) on anything that render() does not write. Reads
// every line, so that a render that went wrong is found before MediaMTX reads it.
std::map<std::string, PathConfig> read_back(std::string_view text);

// render(), read_back() and compare.
std::string checked_render(const EngineConfig& config);

}  // namespace gatehouse::mediamtx
