#include "http/range.h"

#include <charconv>
#include <limits>
#include <optional>

#include "http/text.h"

namespace gatehouse::http {

namespace {

// A number too large for 64 bits is a valid position beyond any end.
std::optional<std::uint64_t> parse_position(std::string_view digits) {
    if (digits.empty()) return std::nullopt;
    for (const char c : digits)
        if (c < '0' || c > '9') return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() ? value : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

ByteRange parse_range(std::string_view value, std::uint64_t size) noexcept {
    constexpr ByteRange kWhole{};
    constexpr ByteRange kUnsatisfiable{ByteRange::Kind::kUnsatisfiable, 0, 0};
    const auto equals = value.find('=');
    if (equals == std::string_view::npos || !equal_ignoring_case(trimmed(value.substr(0, equals)), "bytes"))
        return kWhole;
    const std::string_view spec = trimmed(value.substr(equals + 1));
    const auto dash = spec.find('-');
    if (dash == std::string_view::npos || spec.find(',') != std::string_view::npos) return kWhole;
    const std::string_view left = spec.substr(0, dash), right = spec.substr(dash + 1);
    if (left.empty()) {
        const auto suffix = parse_position(right);
        if (!suffix) return kWhole;
        if (*suffix == 0 || size == 0) return kUnsatisfiable;
        const std::uint64_t length = *suffix < size ? *suffix : size;
        return {ByteRange::Kind::kPart, size - length, length};
    }
    const auto first = parse_position(left);
    const auto last = right.empty() ? std::optional(std::numeric_limits<std::uint64_t>::max()) : parse_position(right);
    if (!first || !last || *last < *first) return kWhole;
    if (*first >= size) return kUnsatisfiable;
    const std::uint64_t end = *last < size ? *last + 1 : size;
    return {ByteRange::Kind::kPart, *first, end - *first};
}

}  // namespace gatehouse::http
