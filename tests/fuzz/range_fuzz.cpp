// Range fields against sizes: a part is never empty and never leaves the body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "http/range.h"

using namespace gatehouse::http;

namespace {

void check(std::string_view value, std::uint64_t size) {
    const ByteRange range = parse_range(value, size);
    if (range.kind != ByteRange::Kind::kPart) return;
    const bool fits = range.length > 0 && range.first < size && range.length <= size - range.first;
    if (!fits) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::uint64_t body = 0;
    if (size < sizeof body) return 0;
    std::memcpy(&body, data, sizeof body);
    const std::string_view value(reinterpret_cast<const char*>(data) + sizeof body, size - sizeof body);
    for (const std::uint64_t each : {body, body % 1000, std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}})
        check(value, each);
    return 0;
}
