// Route patterns: "/cameras/{id}/stills", "/files/{rest*}".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::http {

inline constexpr std::size_t kMaxParameters = 8;

struct PatternSegment {
    enum class Kind { kLiteral, kParameter, kRest };
    Kind kind = Kind::kLiteral;
    std::string text;  // literal text, or the placeholder's name
};

// "/" is one empty literal segment. Throws Error(kInvalidArgument) that says what is wrong.
std::vector<PatternSegment> parse_pattern(std::string_view pattern);

// Whether `path` is `prefix` or lies below it; "/" holds everything.
bool lies_under(std::string_view path, std::string_view prefix);

}  // namespace gatehouse::http
