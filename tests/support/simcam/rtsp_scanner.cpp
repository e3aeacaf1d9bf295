#include "rtsp_scanner.hpp"

#include <strings.h>

#include <charconv>
#include <stdexcept>
#include <string_view>

namespace gatehouse::simcam {
namespace {

std::string_view header_value(std::string_view head, std::string_view name) {
    for (std::size_t line = head.find("\r\n"); line != std::string_view::npos; line = head.find("\r\n", line)) {
        line += 2;
        const std::string_view rest = head.substr(line);
        if (rest.size() <= name.size() || rest[name.size()] != ':') continue;
        if (strncasecmp(rest.data(), name.data(), name.size()) != 0) continue;
        std::string_view value = rest.substr(name.size() + 1, rest.find("\r\n") - name.size() - 1);
        while (value.starts_with(' ')) value.remove_prefix(1);
        return value;
    }
    return {};
}

std::size_t number_or_zero(std::string_view text) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} ? value : 0;
}

RtspMessage parse_head(std::string_view head) {
    RtspMessage message;
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const auto space = line.find(' ');
    if (space == std::string_view::npos) throw std::runtime_error("not RTSP");
    if (line.starts_with("RTSP/")) return message;
    message.method = line.substr(0, space);
    message.uri = line.substr(space + 1, line.find(' ', space + 1) - space - 1);
    message.cseq = header_value(head, "CSeq");
    return message;
}

}  // namespace

std::optional<RtspMessage> next_rtsp_message(std::string& inbox) {
    RtspMessage message;
    std::size_t length = 0;
    if (inbox.starts_with('$')) {
        if (inbox.size() < 4) return std::nullopt;
        const auto byte = [&inbox](std::size_t i) {
            return static_cast<std::size_t>(static_cast<unsigned char>(inbox[i]));
        };
        length = 4 + (byte(2) << 8U) + byte(3);
    } else {
        const auto end = inbox.find("\r\n\r\n");
        if (end == std::string::npos) {
            if (inbox.size() > kMaxRequestBytes) throw std::runtime_error("request head too long");
            return std::nullopt;
        }
        const std::string_view head = std::string_view(inbox).substr(0, end + 2);
        message = parse_head(head);
        const std::size_t body = number_or_zero(header_value(head, "Content-Length"));
        if (end > kMaxRequestBytes || body > kMaxRequestBytes) throw std::runtime_error("request too long");
        length = end + 4 + body;
    }
    if (inbox.size() < length) return std::nullopt;
    message.bytes = inbox.substr(0, length);
    inbox.erase(0, length);
    return message;
}

std::optional<int> camera_in_uri(const std::string& uri) {
    const auto start = uri.find("/cam");
    if (start == std::string::npos) return std::nullopt;
    int number = 0;
    const auto [end, error] = std::from_chars(uri.data() + start + 4, uri.data() + uri.size(), number);
    if (error != std::errc{}) return std::nullopt;
    return number;
}

}  // namespace gatehouse::simcam
