#include "annex_b.hpp"

namespace gatehouse::simcam {
namespace {

// Where the next start code (00 00 01) begins, or the size.
std::size_t next_start_code(std::span<const std::uint8_t> bytes, std::size_t from) {
    for (std::size_t i = from; i + 3 <= bytes.size(); ++i) {
        if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) return i;
    }
    return bytes.size();
}

bool is_parameter_set(std::uint8_t first_byte, Codec codec) {
    if (codec == Codec::h264) return (first_byte & 0x1fU) == 7 || (first_byte & 0x1fU) == 8;
    const unsigned type = (first_byte >> 1U) & 0x3fU;
    return type >= 32 && type <= 34;
}

}  // namespace

std::vector<std::uint8_t> parameter_sets(std::span<const std::uint8_t> access_unit, Codec codec) {
    constexpr std::uint8_t kStartCode[] = {0, 0, 0, 1};
    std::vector<std::uint8_t> sets;
    std::size_t start = next_start_code(access_unit, 0);
    while (start + 3 < access_unit.size()) {
        const std::size_t end = next_start_code(access_unit, start + 3);
        auto unit = access_unit.subspan(start + 3, end - start - 3);
        while (!unit.empty() && unit.back() == 0) unit = unit.first(unit.size() - 1);  // of a four-byte start code
        if (!unit.empty() && is_parameter_set(unit.front(), codec)) {
            sets.insert(sets.end(), std::begin(kStartCode), std::end(kStartCode));
            sets.insert(sets.end(), unit.begin(), unit.end());
        }
        start = end;
    }
    return sets;
}

}  // namespace gatehouse::simcam
