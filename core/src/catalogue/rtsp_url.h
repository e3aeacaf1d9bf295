// Camera addresses as people write them: rtsp://user:password@host:port/path, taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::catalogue {

inline constexpr std::size_t kLongestUrl = 500;         // bytes, as written
inline constexpr std::size_t kLongestCredential = 255;  // bytes, decoded

struct RtspUrl {
    std::string url;                      // without user info; scheme in lower case
    std::string host;                     // lower case, IPv6 in brackets
    std::optional<std::string> user;      // percent-decoded; nothing where the URL has no user info
    std::optional<std::string> password;  // percent-decoded; nothing where there is no ':' in the user info
};

// RFC 3986 with scheme rtsp or rtsps, and a host. On failure the result is empty and `problem` says what is wrong and
// what to do, without showing any part of the URL. Pure.
std::optional<RtspUrl> parse_rtsp_url(std::string_view text, std::string& problem);

}  // namespace gatehouse::catalogue
