#include "engine_config.h"

#include <gatehouse/error.h>

#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <utility>

namespace gatehouse::mediamtx {
namespace {

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::kInternal, "MediaMTX's configuration cannot be written: " + what);
}

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; });
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

// Quoted as JSON, which is YAML; nothing that would need an escape is let through.
std::string quoted(std::string_view text, const std::string& what) {
    if (!is_plain(text)) refuse(what + " holds a character that is not allowed there");
    return "\"" + std::string(text) + "\"";
}

std::string milliseconds(std::chrono::milliseconds value) { return "\"" + std::to_string(value.count()) + "ms\""; }

void check_path(const std::string& name, const PathConfig& path) {
    if (!is_name(name)) refuse("a path name holds a character that is not allowed there");
    if (path.source.rfind("rtsp://", 0) != 0 && path.source.rfind("rtsps://", 0) != 0)
        refuse("the source of path " + name + " is no RTSP address");
    if (path.transport != "tcp" && path.transport != "udp" && path.transport != "automatic")
        refuse("the transport of path " + name + " is unknown");
}

constexpr std::string_view kPathsLine = "\"paths\":";

// `"key": rest`, or nothing.
bool take_key(std::string_view& line, std::string& key) {
    if (line.empty() || line.front() != '"') return false;
    const auto end = line.find('"', 1);
    if (end == std::string_view::npos || line.substr(end + 1, 1) != ":") return false;
    key = line.substr(1, end - 1);
    line.remove_prefix(end + 2);
    if (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    return true;
}

std::string_view take_until(std::string_view& line, std::string_view mark) {
    const auto at = line.find(mark);
    if (at == std::string_view::npos) refuse("a path reads back differently");
    const auto taken = line.substr(0, at);
    line.remove_prefix(at + mark.size());
    return taken;
}

void expect(std::string_view& line, std::string_view text) {
    if (line.substr(0, text.size()) != text) refuse("a path reads back differently");
    line.remove_prefix(text.size());
}

std::pair<std::string, PathConfig> read_path(std::string_view line) {
    std::pair<std::string, PathConfig> out;
    if (!take_key(line, out.first)) refuse("a path reads back differently");
    expect(line, "{\"source\": \"");
    out.second.source = take_until(line, "\", \"sourceOnDemand\": ");
    out.second.on_demand = take_until(line, ", \"rtspTransport\": \"") == "true";
    out.second.transport = take_until(line, "\"}");
    if (!line.empty() || !is_plain(out.second.source)) refuse("a path reads back differently");
    check_path(out.first, out.second);
    return out;
}

bool is_known_global(const std::string& key) {
    static constexpr std::array<std::string_view, 26> kKeys{"logLevel",
                                                            "logDestinations",
                                                            "logStructured",
                                                            "readTimeout",
                                                            "writeTimeout",
                                                            "writeQueueSize",
                                                            "authMethod",
                                                            "authHTTPAddress",
                                                            "authHTTPFingerprint",
                                                            "authHTTPExclude",
                                                            "api",
                                                            "apiAddress",
                                                            "metrics",
                                                            "pprof",
                                                            "playback",
                                                            "rtsp",
                                                            "rtmp",
                                                            "srt",
                                                            "webrtc",
                                                            "moq",
                                                            "hls",
                                                            "pathDefaults",
                                                            "rtspTransports",
                                                            "protocols",
                                                            "rtspAddress",
                                                            "hlsAddress"};
    return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end() || key.rfind("hls", 0) == 0;
}

}  // namespace

GlobalSettings global_settings(const EngineConfig& c) {
    GlobalSettings out{{"logLevel", "\"info\""}, {"logDestinations", "[\"stdout\"]"}};
    const auto add = [&out](const char* key, std::string json) { out.emplace_back(key, std::move(json)); };
    if (c.capabilities.structured_log) add("logStructured", "true");
    add("readTimeout", milliseconds(c.read_timeout));
    add("writeTimeout", "\"10s\"");
    add("writeQueueSize", std::to_string(c.write_queue));
    add("authMethod", "\"http\"");
    const char* scheme = c.capabilities.hook_fingerprint ? "https://" : "http://";
    add("authHTTPAddress", quoted(scheme + c.hook, "the address of the auth hook"));
    if (c.capabilities.hook_fingerprint)
        add("authHTTPFingerprint", quoted(c.hook_fingerprint, "the fingerprint of the auth hook"));
    // Before v1.20.1 the default lets everybody on the machine into the API, and so to a command that MediaMTX runs.
    add("authHTTPExclude", "[]");
    add("api", "true");
    add("apiAddress", quoted(c.api_address, "the API's address"));
    for (const char* protocol : {"metrics", "pprof", "playback", "rtmp", "srt", "webrtc"}) add(protocol, "false");
    if (c.capabilities.moq) add("moq", "false");
    add("rtsp", "true");
    add(c.capabilities.transports ? "rtspTransports" : "protocols", "[\"tcp\"]");
    add("rtspAddress", quoted(c.rtsp_address, "the RTSP address"));
    add("hls", "true");
    add("hlsAddress", quoted(c.hls_address, "the HLS address"));
    add("hlsVariant", quoted(c.hls_variant, "the HLS variant"));
    add("hlsSegmentDuration", milliseconds(c.hls_segment));
    add("hlsSegmentCount", std::to_string(c.hls_segments));
    add("hlsAlwaysRemux", "false");
    if (c.capabilities.cdn_secret) add("hlsCDNSecret", quoted(c.cdn_secret, "the CDN secret"));
    add("pathDefaults", R"({"rtspTransport": "tcp"})");
    return out;
}

std::string render(const EngineConfig& config) {
    std::ostringstream out;
    out << "# Written by Gatehouse and replaced on every change of a camera: edits are undone within seconds.\n";
    for (const auto& [key, json] : global_settings(config)) out << '"' << key << "\": " << json << '\n';
    if (config.paths.empty()) {
        out << "\"paths\": {}\n";
        return out.str();
    }
    out << kPathsLine << "\n";
    for (const auto& [name, path] : config.paths) {
        check_path(name, path);
        out << "  \"" << name << "\": {\"source\": " << quoted(path.source, "the source of path " + name)
            << ", \"sourceOnDemand\": " << (path.on_demand ? "true" : "false") << ", \"rtspTransport\": \""
            << path.transport << "\"}\n";
    }
    return out.str();
}

std::map<std::string, PathConfig> read_back(std::string_view text) {
    std::map<std::string, PathConfig> paths;
    std::set<std::string> globals;
    bool in_paths = false;
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) refuse("its last line has no end");
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (globals.empty() && !line.empty() && line.front() == '#') continue;
        if (in_paths) {
            expect(line, "  ");
            if (!paths.insert(read_path(line)).second) refuse("a path is there twice");
            continue;
        }
        in_paths = line == kPathsLine;
        std::string key;
        if (!take_key(line, key)) refuse("a line reads back differently");
        if (key == "paths" ? !(in_paths || (line == "{}" && text.empty())) : !is_known_global(key))
            refuse("a line reads back differently");
        if (!globals.insert(key).second) refuse("a key is there twice");
    }
    if (!globals.contains("paths")) refuse("it has no paths");
    return paths;
}

std::string checked_render(const EngineConfig& config) {
    std::string text = render(config);
    if (read_back(text) != config.paths) refuse("the paths read back differently");
    return text;
}

}  // namespace gatehouse::mediamtx
