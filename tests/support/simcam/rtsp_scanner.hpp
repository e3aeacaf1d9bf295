#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace gatehouse::simcam {

inline constexpr std::size_t kMaxRequestBytes = 64 * 1024;

struct RtspMessage {
    std::string bytes;
    std::string method;  // empty: an interleaved packet ('$', RFC 2326, 10.12) or a response
    std::string uri;
    std::string cseq;
};

// Takes the next complete message a client sent off the front of `inbox`; nullopt while it is incomplete.
// Throws std::runtime_error when it is longer than kMaxRequestBytes or not RTSP.
std::optional<RtspMessage> next_rtsp_message(std::string& inbox);

// The number N of ".../camN..." in a request URI; nullopt when there is none.
std::optional<int> camera_in_uri(const std::string& uri);

}  // namespace gatehouse::simcam
