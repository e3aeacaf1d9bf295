#include "file_name.h"

#include <algorithm>
#include <charconv>

namespace gatehouse::hls {
namespace {

constexpr std::string_view kInitSuffix = "_init.mp4";
constexpr std::string_view kSegmentSuffix = ".m4s";
constexpr std::string_view kTransportStreamSuffix = ".ts";
constexpr std::size_t kIdDigits = 16;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_key_character(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'; }

bool read_number(std::string_view text, int base, std::uint64_t& value) {
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value, base);
    return result.ec == std::errc{} && result.ptr == end;
}

FileName numbered(StreamRole role, std::string_view rest) {
    FileName name{FileName::Kind::kUnknown, role, 0};
    if (rest.ends_with(kInitSuffix)) {
        rest.remove_suffix(kInitSuffix.size());
        if (rest.size() == kIdDigits && std::all_of(rest.begin(), rest.end(), is_lower_hex) &&
            read_number(rest, 16, name.number))
            name.kind = FileName::Kind::kInit;
    } else if (rest.ends_with(kSegmentSuffix) || rest.ends_with(kTransportStreamSuffix)) {
        if (rest.ends_with(kTransportStreamSuffix)) name.container = MediaContainer::kMpegTs;
        rest = rest.substr(0, rest.rfind('.'));
        const bool canonical = !rest.empty() && std::all_of(rest.begin(), rest.end(), is_digit) &&
                               (rest.size() == 1 || rest.front() != '0');
        if (canonical && read_number(rest, 10, name.number)) name.kind = FileName::Kind::kSegment;
    }
    return name.kind == FileName::Kind::kUnknown ? FileName{} : name;
}

}  // namespace

bool is_stream_key(std::string_view text) noexcept {
    return text.size() >= 8 && text.size() <= 64 && std::all_of(text.begin(), text.end(), is_key_character);
}

FileName parse_file_name(std::string_view text) noexcept {
    if (text == "index.m3u8") return {FileName::Kind::kIndex, StreamRole::kMain, 0};
    StreamRole role = StreamRole::kMain;
    std::string_view rest = text;
    if (rest.starts_with("main")) {
        rest.remove_prefix(4);
    } else if (rest.starts_with("sub")) {
        rest.remove_prefix(3);
        role = StreamRole::kSub;
    } else {
        return {};
    }
    if (rest == ".m3u8") return {FileName::Kind::kPlaylist, role, 0};
    if (!rest.starts_with('_')) return {};
    return numbered(role, rest.substr(1));
}

std::string playlist_name(StreamRole role) { return std::string(name(role)) + ".m3u8"; }

std::string init_name(StreamRole role, std::uint64_t public_run_id) {
    std::string digits(kIdDigits, '0');
    for (std::size_t i = 0; i < kIdDigits; ++i)
        digits[kIdDigits - 1 - i] = "0123456789abcdef"[(public_run_id >> (4 * i)) & 0xF];
    return std::string(name(role)) + "_" + digits + std::string(kInitSuffix);
}

std::string segment_name(StreamRole role, std::uint64_t media_sequence, MediaContainer container) {
    const auto suffix = container == MediaContainer::kMpegTs ? kTransportStreamSuffix : kSegmentSuffix;
    return std::string(name(role)) + "_" + std::to_string(media_sequence) + std::string(suffix);
}

}  // namespace gatehouse::hls
