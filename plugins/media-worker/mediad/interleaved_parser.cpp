#include "interleaved_parser.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace gatehouse::mediad {
namespace {

std::string_view as_text(std::span<const std::byte> bytes) {
    return {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}

bool same_letters(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
    });
}

/// Content-Length of a head; 0 without one.
std::size_t body_bytes(std::string_view head) {
    constexpr std::string_view kName = "content-length:";
    for (std::size_t at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
        std::string_view line = head.substr(at + 1);
        if (line.size() < kName.size() || !same_letters(line.substr(0, kName.size()), kName)) continue;
        line.remove_prefix(kName.size());
        line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
        std::size_t value = 0;
        std::from_chars(line.data(), line.data() + line.size(), value);
        return value;
    }
    return 0;
}

}  // namespace

bool InterleavedParser::feed(std::span<const std::byte> bytes, Handler& handler) {
    if (rest_.empty()) {
        const std::ptrdiff_t used = consume(bytes, handler);
        if (used < 0) return false;
        const auto left = bytes.subspan(static_cast<std::size_t>(used));
        rest_.assign(left.begin(), left.end());
        return true;
    }
    rest_.insert(rest_.end(), bytes.begin(), bytes.end());
    const std::ptrdiff_t used = consume(rest_, handler);
    if (used < 0) return false;
    rest_.erase(rest_.begin(), rest_.begin() + used);
    return true;
}

std::ptrdiff_t InterleavedParser::consume(std::span<const std::byte> bytes, Handler& handler) {
    const std::size_t total = bytes.size();
    while (!bytes.empty()) {
        if (skip_ > 0) {
            const std::size_t now = std::min(skip_, bytes.size());
            skip_ -= now;
            bytes = bytes.subspan(now);
            continue;
        }
        if (bytes[0] == std::byte{'$'}) {
            if (bytes.size() < 4) break;
            const std::size_t size =
                std::to_integer<std::size_t>(bytes[2]) << 8 | std::to_integer<std::size_t>(bytes[3]);
            if (bytes.size() < 4 + size) break;
            handler.packet(std::to_integer<std::uint8_t>(bytes[1]), bytes.subspan(4, size));
            bytes = bytes.subspan(4 + size);
            continue;
        }
        if (bytes[0] == std::byte{'\r'} || bytes[0] == std::byte{'\n'}) {  // some cameras pad with line ends
            bytes = bytes.subspan(1);
            continue;
        }
        if (bytes[0] < std::byte{'A'} || bytes[0] > std::byte{'Z'}) return -1;
        const std::string_view text = as_text(bytes);
        const std::size_t end = text.find("\r\n\r\n");
        if (std::min(end, text.size()) > kMaxHeadBytes) return -1;
        if (end == std::string_view::npos) break;
        skip_ = body_bytes(text.substr(0, end));
        if (skip_ > kMaxBodyBytes) return -1;
        handler.message(text.substr(0, end));
        bytes = bytes.subspan(end + 4);
    }
    return static_cast<std::ptrdiff_t>(total - bytes.size());
}

}  // namespace gatehouse::mediad
