// MediaMTX's version and what it knows. Pure. Source: reference of MediaMTX's releases v1.0.0 to v1.20.1.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::mediamtx {

struct EngineVersion {
    int major = 0, minor = 0, patch = 0;

    auto operator<=>(const EngineVersion&) const = default;
    std::string text() const;
};

// "v1.20.1", "1.20.1", "v1.21.0-rc1", "MediaMTX v1.20.1"; at most 64 bytes.
std::optional<EngineVersion> parse_version(std::string_view text);

inline constexpr EngineVersion kOldest{1, 9, 0};        // older ones are refused
inline constexpr EngineVersion kInfoSince{1, 15, 2};    // /v3/info; without it: assumed to be 1.9 to 1.15.1
inline constexpr EngineVersion kFull{1, 18, 1};         // hlsCDNSecret
inline constexpr EngineVersion kNewestKnown{1, 20, 1};  // what we were tested with

struct Capabilities {
    bool cdn_secret = true;        // hlsCDNSecret, since v1.18.1
    bool moq = true;               // a MoQ server that is on by default, since v1.19.0
    bool structured_log = true;    // logStructured; used from v1.18.1 on
    bool transports = true;        // rtspTransports, since v1.11.0; before it "protocols"
    bool hook_fingerprint = true;  // authHTTPFingerprint, since v1.16.1

    bool operator==(const Capabilities&) const = default;
};
// An unknown version is taken for the newest.
Capabilities capabilities_of(const std::optional<EngineVersion>& version);

bool is_supported(const EngineVersion& version);
// What an operator should know of this version; empty where all is well.
std::string version_trouble(const EngineVersion& version);
// The same of a version that works, if not as well as today's; `version` in words.
std::string old_trouble(const std::string& version);
inline constexpr const char* kTooOldToSay = "older than v1.15.2";  // the first whose API tells its version

}  // namespace gatehouse::mediamtx
