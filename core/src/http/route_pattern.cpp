#include "http/route_pattern.h"

#include <algorithm>

#include <gatehouse/error.h>

namespace gatehouse::http {

namespace {

[[noreturn]] void refuse(std::string_view pattern, const std::string& why) {
    throw Error(ErrorCode::kInvalidArgument, "route pattern '" + std::string(pattern) + "': " + why);
}

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

PatternSegment parse_segment(std::string_view pattern, std::string_view segment) {
    if (segment.empty() || segment.front() != '{') {
        const bool plain = std::all_of(segment.begin(), segment.end(), [](char c) {
            return c > 0x20 && c < 0x7f && c != '{' && c != '}' && c != '?' && c != '#' && c != '%';
        });
        if (!plain || segment == "." || segment == "..")
            refuse(pattern, "'" + std::string(segment) + "' is not a segment");
        return {PatternSegment::Kind::kLiteral, std::string(segment)};
    }
    if (segment.back() != '}') refuse(pattern, "a placeholder is a whole segment");
    std::string_view name = segment.substr(1, segment.size() - 2);
    const bool rest = !name.empty() && name.back() == '*';
    if (rest) name.remove_suffix(1);
    if (!is_name(name)) refuse(pattern, "a placeholder's name is [a-z0-9_]+");
    return {rest ? PatternSegment::Kind::kRest : PatternSegment::Kind::kParameter, std::string(name)};
}

}  // namespace

std::vector<PatternSegment> parse_pattern(std::string_view pattern) {
    if (pattern.empty() || pattern.front() != '/') refuse(pattern, "begins with '/'");
    if (pattern.size() > 512) refuse(pattern, "is longer than 512 bytes");
    std::vector<PatternSegment> segments;
    std::size_t parameters = 0;
    for (std::size_t at = 1;;) {
        const auto slash = pattern.find('/', at);
        const bool last = slash == std::string_view::npos;
        segments.push_back(parse_segment(pattern, pattern.substr(at, last ? slash : slash - at)));
        if (segments.back().kind != PatternSegment::Kind::kLiteral) ++parameters;
        if (segments.back().kind == PatternSegment::Kind::kRest && !last) refuse(pattern, "{rest*} stands at the end");
        if (last) break;
        at = slash + 1;
    }
    if (parameters > kMaxParameters) refuse(pattern, "more than 8 placeholders");
    return segments;
}

bool lies_under(std::string_view path, std::string_view prefix) {
    while (!prefix.empty() && prefix.back() == '/') prefix.remove_suffix(1);
    return path.substr(0, prefix.size()) == prefix && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

}  // namespace gatehouse::http
