#include "engine_version.h"

namespace gatehouse::mediamtx {
namespace {

constexpr int kLargest = 9'999;

std::optional<int> take_number(std::string_view& text) {
    int value = 0;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
        value = value * 10 + (text[digits++] - '0');
        if (value > kLargest) return std::nullopt;
    }
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

bool take_dot(std::string_view& text) {
    if (text.empty() || text.front() != '.') return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

std::string EngineVersion::text() const {
    return "v" + std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

std::optional<EngineVersion> parse_version(std::string_view text) {
    if (text.size() > 64) return std::nullopt;
    constexpr std::string_view kName = "MediaMTX ";
    if (text.substr(0, kName.size()) == kName) text.remove_prefix(kName.size());
    if (!text.empty() && text.front() == 'v') text.remove_prefix(1);
    EngineVersion version;
    for (int* part : {&version.major, &version.minor, &version.patch}) {
        if (part != &version.major && !take_dot(text)) return std::nullopt;
        const auto value = take_number(text);
        if (!value) return std::nullopt;
        *part = *value;
    }
    const bool ends = text.empty() || text.front() == '-' || text.front() == '+' || text.front() == '\n' ||
                      text.front() == '\r' || text.front() == ',' || text.front() == ' ';
    return ends ? std::optional(version) : std::nullopt;
}

Capabilities capabilities_of(const std::optional<EngineVersion>& version) {
    if (!version) return {};
    return {.cdn_secret = *version >= kFull,
            .moq = *version >= EngineVersion{1, 19, 0},
            .structured_log = *version >= kFull,
            .transports = *version >= EngineVersion{1, 11, 0},
            .hook_fingerprint = *version >= EngineVersion{1, 16, 1}};
}

bool is_supported(const EngineVersion& version) { return version >= kOldest && version.major == 1; }

std::string version_trouble(const EngineVersion& version) {
    if (!is_supported(version))
        return "MediaMTX " + version.text() + " is not supported; install 1.18.1 or newer of the 1.x series";
    return version < kFull ? old_trouble(version.text()) : std::string();
}

std::string old_trouble(const std::string& version) {
    return "MediaMTX " + version + " is old: one upstream session per request; install 1.18.1 or newer";
}

}  // namespace gatehouse::mediamtx
