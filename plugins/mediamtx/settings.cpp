#include "settings.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <system_error>

#include "path_name.h"

namespace gatehouse::mediamtx {
namespace {

using namespace std::chrono_literals;

constexpr KeyOptions kRestart{.reload = ReloadClass::kPluginRestart};

bool is_camera_number(const std::string& text) {
    return !text.empty() && text.size() <= 18 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Not Poco's: that one does not take "::".
std::optional<Poco::Net::IPAddress> read_ip(const std::string& text, int family) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    if (::inet_pton(family, text.c_str(), bytes.data()) != 1) return std::nullopt;
    return Poco::Net::IPAddress(bytes.data(), family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr));
}

std::optional<std::uint16_t> read_port(std::string_view text) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port > 65'535) return std::nullopt;
    return static_cast<std::uint16_t>(port);
}

struct Check {
    const ConfigLocation& where;
    ConfigIssues& issues;

    void address(const char* key, const std::string& text, bool loopback_only, bool child) {
        const auto address = read_address(text);
        if (!address)
            return issues.add(
                where, std::string(key) + " takes an IP address and a port, as \"127.0.0.1:9997\" or \"[::1]:9997\"");
        if (loopback_only && !address->host().isLoopback())
            issues.add(where,
                       std::string(key) + " must be a loopback address: whoever reaches it has MediaMTX in his hands");
        if (address->port() == 0 && !child)
            issues.add(where,
                       std::string(key) + " needs a port: 0 is for run: child, where the gateway starts MediaMTX");
    }
    void url(const char* key, const std::string& text) {
        try {
            const Poco::URI uri(text);
            if (uri.getScheme() == "http" && !uri.getHost().empty() && uri.getUserInfo().empty() &&
                (uri.getPath().empty() || uri.getPath() == "/") && uri.getRawQuery().empty())
                return;
        } catch (const Poco::Exception&) {
        }
        issues.add(where,
                   std::string(key) + " takes an address as \"http://127.0.0.1:9997\", without user, path and query");
    }
    void cameras(const char* key, const std::vector<std::string>& list) {
        for (const auto& item : list)
            if (!is_camera_number(item)) issues.add(where, std::string(key) + ": \"" + item + "\" is no camera number");
    }
};

}  // namespace

std::optional<Poco::Net::SocketAddress> read_address(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || text.find('\0') != std::string::npos) return std::nullopt;
    const std::string host = text.substr(0, colon);
    const bool v6 = host.starts_with('[') && host.ends_with(']');
    const auto ip = v6 ? read_ip(host.substr(1, host.size() - 2), AF_INET6) : read_ip(host, AF_INET);
    const auto port = read_port(std::string_view(text).substr(colon + 1));
    if (!ip || !port) return std::nullopt;
    return Poco::Net::SocketAddress(*ip, *port);
}

const ConfigTable<Settings>& settings_table() {
    static const ConfigTable<Settings> table =
        ConfigTable<Settings>()
            .choice("mode", &Settings::mode, {"managed", "attached"},
                    "managed: the gateway writes MediaMTX's whole configuration; attached: it keeps its paths in a "
                    "MediaMTX of somebody else",
                    kRestart)
            .choice("run", &Settings::run, {"service", "child"},
                    "Who starts MediaMTX: gatehouse-mediamtx.service, or the gateway as its child", kRestart)
            .text("program", &Settings::program, 4096, "Program started as a child; empty: mediamtx on the PATH",
                  kRestart)
            .text("config_dir", &Settings::config_dir, 4096,
                  "Where mediamtx.yml is written; empty: /run/gatehouse-mtx, for a child mediamtx in the runtime "
                  "directory",
                  kRestart)
            .text("api_address", &Settings::api_address, 64,
                  "Loopback address and port of MediaMTX's API; port 0 (child only): any free one", kRestart)
            .text("hls_address", &Settings::hls_address, 64,
                  "Loopback address and port of MediaMTX's HLS; port 0 (child only): any free one", kRestart)
            .text("rtsp_address", &Settings::rtsp_address, 64,
                  "Address and port of MediaMTX's RTSP; port 0 (child only): any free one", kRestart)
            .choice("hls_variant", &Settings::hls_variant, {"fmp4", "mpegts"}, "Container of the HLS segments",
                    kRestart)
            .duration("hls_segment", &Settings::hls_segment, {.min = 1s, .max = 10s},
                      "Shortest HLS segment; real ones end at a keyframe", kRestart)
            .integer("hls_segments", &Settings::hls_segments, {.min = 3, .max = 60},
                     "Segments that MediaMTX keeps of each stream, in memory", kRestart)
            .duration("read_timeout", &Settings::read_timeout, {.min = 2s, .max = 60s},
                      "A camera that is silent for so long is connected again", kRestart)
            .integer("write_queue", &Settings::write_queue, {.min = 64, .max = 65'536},
                     "Packets that wait for a slow reader inside MediaMTX; a power of two", kRestart)
            .text("attached_api_url", &Settings::attached_api_url, 200, "API of the MediaMTX that somebody else runs",
                  kRestart)
            .text("attached_hls_url", &Settings::attached_hls_url, 200, "Its HLS; its hlsCDNSecret must be set",
                  kRestart)
            .text("attached_credentials_file", &Settings::attached_credentials_file, 4096,
                  "File with user:password of its API; empty: it asks for none", kRestart)
            .text("path_prefix", &Settings::path_prefix, 32,
                  "Names of the gateway's paths begin with it; other paths are never touched", kRestart)
            .choice("pull", &Settings::pull, {"always", "on_demand"},
                    "Whether cameras are pulled all the time, or while somebody watches", kRestart)
            .text_list("pull_always", &Settings::pull_always, 10'000, "Numbers of cameras that are pulled all the time",
                       kRestart)
            .text_list("pull_on_demand", &Settings::pull_on_demand, 10'000,
                       "Numbers of cameras that are pulled while somebody watches", kRestart)
            .text_list("keep_ready", &Settings::keep_ready, 10'000,
                       "Numbers of cameras, or all, whose last pictures are kept so that a first viewer need not wait; "
                       "costs memory and CPU",
                       kRestart)
            .duration("poll", &Settings::poll, {.min = 500ms, .max = 10s},
                      "How often MediaMTX is asked how the cameras are", kRestart)
            .duration("poll_settling", &Settings::poll_settling, {.min = 100ms, .max = 10s},
                      "The same while something is changing", kRestart)
            .duration("check", &Settings::check, {.min = 500ms, .max = 5min},
                      "How often MediaMTX's paths are compared with ours", kRestart)
            .duration("settle", &Settings::settle, {.min = 100ms, .max = 30s},
                      "How long after a change what MediaMTX says of it counts", kRestart)
            .duration("api_timeout", &Settings::api_timeout, {.min = 200ms, .max = 60s},
                      "Longest wait for an answer of its API", kRestart)
            .duration("dead_after", &Settings::dead_after, {.min = 10s, .max = 1'440h},
                      "A camera that gave nothing for so long is no longer called every five seconds", kRestart)
            .duration("dead_retry", &Settings::dead_retry, {.min = 5s, .max = 24h},
                      "How often such a camera is tried, and at once when somebody watches", kRestart)
            .boolean("local_readers", &Settings::local_readers,
                     "Whether programs on this machine may read streams from MediaMTX without a password", kRestart);
    return table;
}

void check_settings(const Settings& settings, const ConfigLocation& where, ConfigIssues& issues) {
    Check check{where, issues};
    if (settings.mode == Mode::kManaged) {
        const bool child = settings.run == Run::kChild;
        check.address("api_address", settings.api_address, true, child);
        check.address("hls_address", settings.hls_address, true, child);
        check.address("rtsp_address", settings.rtsp_address, false, child);
        if ((settings.write_queue & (settings.write_queue - 1)) != 0)
            issues.add(where, "write_queue must be a power of two");
    } else {
        check.url("attached_api_url", settings.attached_api_url);
        check.url("attached_hls_url", settings.attached_hls_url);
    }
    if (!is_usable_prefix(settings.path_prefix))
        issues.add(where,
                   "path_prefix takes 2 to 32 lower-case letters, digits, '-' and '_', and begins with a letter");
    check.cameras("pull_always", settings.pull_always);
    check.cameras("pull_on_demand", settings.pull_on_demand);
    if (settings.keep_ready != std::vector<std::string>{"all"}) check.cameras("keep_ready", settings.keep_ready);
}

}  // namespace gatehouse::mediamtx
