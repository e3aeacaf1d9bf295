#include "text.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cwchar>

namespace gatehouse::ctl {

namespace {

struct CodePoint {
    char32_t value = 0xfffd;
    std::size_t size = 1;
};

CodePoint first_of(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const std::size_t size = lead < 0x80 ? 1u : lead < 0xe0 ? 2u : lead < 0xf0 ? 3u : 4u;
    if (size == 1) return {lead, 1};
    if (text.size() < size) return {};
    static constexpr std::array<unsigned char, 5> kMask{0, 0x7f, 0x1f, 0x0f, 0x07};
    char32_t value = lead & kMask[size];
    for (std::size_t i = 1; i < size; ++i) value = (value << 6) | (static_cast<unsigned char>(text[i]) & 0x3f);
    return {value, size};
}

bool is_combining(char32_t c) {
    return (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || (c >= 0xfe00 && c <= 0xfe0f);
}

bool is_wide(char32_t c) {
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
           (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
}

}  // namespace

std::size_t width_of(std::string_view utf8) {
    std::size_t width = 0;
    while (!utf8.empty()) {
        const auto [value, size] = first_of(utf8);
        width += is_combining(value) ? 0u : is_wide(value) ? 2u : 1u;
        utf8.remove_prefix(size);
    }
    return width;
}

std::string printable(std::string_view utf8) {
    std::string out;
    while (!utf8.empty()) {
        const auto [value, size] = first_of(utf8);
        if (value < 0x20 || (value >= 0x7f && value < 0xa0) || value == 0xfffd)
            out += '?';
        else
            out += utf8.substr(0, size);
        utf8.remove_prefix(size);
    }
    return out;
}

std::string Table::text() const {
    std::vector<std::size_t> widths(head_.size(), 0);
    const auto measure = [&](const std::vector<std::string>& row) {
        for (std::size_t i = 0; i < std::min(row.size(), widths.size()); ++i)
            widths[i] = std::max(widths[i], width_of(printable(row[i])));
    };
    measure(head_);
    for (const auto& row : rows_) measure(row);
    std::string out;
    const auto print = [&](const std::vector<std::string>& row) {
        std::string line;
        for (std::size_t i = 0; i < std::min(row.size(), widths.size()); ++i) {
            const std::string cell = printable(row[i]);
            line += cell + std::string(widths[i] - width_of(cell) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    };
    print(head_);
    for (const auto& row : rows_) print(row);
    return out;
}

std::string aligned_pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::size_t widest = 0;
    for (const auto& [name, value] : pairs) widest = std::max(widest, width_of(name));
    std::string out;
    for (const auto& [name, value] : pairs)
        out += name + ":" + std::string(widest - width_of(name) + 2, ' ') + printable(value) + "\n";
    return out;
}

std::string duration_text(std::int64_t seconds) {
    if (seconds < 0) seconds = 0;
    const auto part = [](std::int64_t n, const char* unit) { return std::to_string(n) + " " + unit; };
    if (seconds < 60) return part(seconds, "s");
    if (seconds < 3600) return part(seconds / 60, "min");
    if (seconds < 86400) return part(seconds / 3600, "h") + " " + part(seconds % 3600 / 60, "min");
    return part(seconds / 86400, "d") + " " + part(seconds % 86400 / 3600, "h");
}

std::string bytes_text(std::uint64_t bytes) {
    static constexpr std::array<const char*, 4> kUnits{"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024) return std::to_string(bytes) + " B";
    std::uint64_t tenths = bytes * 10 / 1024;
    std::size_t unit = 0;
    for (; tenths >= 10240 && unit + 1 < kUnits.size(); ++unit) tenths /= 1024;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " + kUnits[unit];
}

bool url_has_password(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    const auto at = url.rfind('@');
    return at != std::string_view::npos && url.substr(0, at).find(':') != std::string_view::npos;
}

std::string path_segment(std::string_view text) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '.';
        if (plain) {
            out += c;
        } else {
            out += '%';
            out += kHex[static_cast<unsigned char>(c) >> 4];
            out += kHex[static_cast<unsigned char>(c) & 0x0f];
        }
    }
    return out;
}

}  // namespace gatehouse::ctl
