// What etc/plugins.d/mediamtx.yaml says.
#pragma once

#include <Poco/Net/SocketAddress.h>
#include <gatehouse/config.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::mediamtx {

enum class Mode { kManaged, kAttached };
enum class Run { kService, kChild };
enum class Pull { kAlways, kOnDemand };
enum class Variant { kFmp4, kMpegts };

struct Settings {
    Mode mode = Mode::kManaged;
    // Managed.
    Run run = Run::kService;
    std::string program;                         // empty: mediamtx on PATH
    std::string config_dir;                      // empty: /run/gatehouse-mtx, as a child <runtime_dir>/mediamtx
    std::string api_address = "127.0.0.1:9997";  // IP literal and port; port 0 (child): any free one
    std::string hls_address = "127.0.0.1:8888";
    std::string rtsp_address = "127.0.0.1:8554";
    Variant hls_variant = Variant::kFmp4;
    std::chrono::milliseconds hls_segment{2'000};
    int hls_segments = 7;
    std::chrono::milliseconds read_timeout{10'000};
    int write_queue = 1'024;  // packets, a power of two
    // Attached.
    std::string attached_api_url = "http://127.0.0.1:9997";
    std::string attached_hls_url = "http://127.0.0.1:8888";
    std::string attached_credentials_file;  // "user:password" of the API; empty: none needed
    // Both.
    std::string path_prefix = "gh-";
    Pull pull = Pull::kAlways;
    std::vector<std::string> pull_always;     // camera numbers
    std::vector<std::string> pull_on_demand;  // camera numbers
    std::vector<std::string> keep_ready;      // camera numbers, or "all"
    std::chrono::milliseconds poll{2'500};
    std::chrono::milliseconds poll_settling{500};
    std::chrono::milliseconds check{4'000};
    std::chrono::milliseconds settle{1'000};
    std::chrono::milliseconds api_timeout{5'000};
    std::chrono::milliseconds dead_after{300'000};
    std::chrono::milliseconds dead_retry{60'000};
    bool local_readers = false;
};

const ConfigTable<Settings>& settings_table();
// An IP address and a port as MediaMTX takes them: "127.0.0.1:9997", "[::1]:9997", "[::]:8554"; never a name. Pure.
std::optional<Poco::Net::SocketAddress> read_address(const std::string& text);
// What no single key can say: addresses that make no sense, ports of 0 where we do not start the engine.
void check_settings(const Settings& settings, const ConfigLocation& where, ConfigIssues& issues);

}  // namespace gatehouse::mediamtx
