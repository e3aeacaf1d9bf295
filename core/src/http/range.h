// Byte ranges (RFC 9110 section 14).
#pragma once

#include <cstdint>
#include <string_view>

namespace gatehouse::http {

struct ByteRange {
    enum class Kind {
        kWhole,  // no range, a malformed one, another unit, or several ranges (section 14.2 allows the full answer)
        kPart,   // first, length
        kUnsatisfiable,  // 416
    };
    Kind kind = Kind::kWhole;
    std::uint64_t first = 0;
    std::uint64_t length = 0;
};

// `value` of the Range field against a representation of `size` bytes.
ByteRange parse_range(std::string_view value, std::uint64_t size) noexcept;

}  // namespace gatehouse::http
