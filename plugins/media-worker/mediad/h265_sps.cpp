#include <algorithm>
#include <array>

#include "bit_reader.h"
#include "parameter_sets.h"

namespace gatehouse::mediad {
namespace {

constexpr std::uint32_t kMaxSide = 16384;

void skip_profile_tier_level(BitReader& in, std::uint32_t sub_layers_minus1) {
    in.skip(96);
    std::array<bool, 8> profile{};
    std::array<bool, 8> level{};
    for (std::size_t i = 0; i < sub_layers_minus1; ++i) {
        profile[i] = in.bit();
        level[i] = in.bit();
    }
    if (sub_layers_minus1 > 0) in.skip(2 * (8 - sub_layers_minus1));
    for (std::size_t i = 0; i < sub_layers_minus1; ++i) in.skip((profile[i] ? 88U : 0U) + (level[i] ? 8U : 0U));
}

}  // namespace

std::optional<SequenceInfo> parse_h265_sps(std::span<const std::byte> sps) {
    if (sps.size() < 4 || ((std::to_integer<unsigned>(sps[0]) >> 1) & 0x3FU) != 33) return std::nullopt;
    const auto payload = without_emulation_prevention(sps.subspan(2));
    BitReader in(payload);
    in.skip(4);
    const std::uint32_t sub_layers_minus1 = std::min(in.bits(3), 6U);
    in.bit();
    skip_profile_tier_level(in, sub_layers_minus1);
    in.unsigned_golomb();  // id
    const std::uint32_t chroma = in.unsigned_golomb();
    const bool separate_planes = chroma == 3 && in.bit();
    const std::uint32_t width = in.unsigned_golomb();
    const std::uint32_t height = in.unsigned_golomb();
    std::uint64_t cut_x = 0;
    std::uint64_t cut_y = 0;
    if (in.bit()) {
        const std::uint64_t unit_x = !separate_planes && (chroma == 1 || chroma == 2) ? 2 : 1;
        const std::uint64_t unit_y = !separate_planes && chroma == 1 ? 2 : 1;
        cut_x = unit_x * in.unsigned_golomb();
        cut_x += unit_x * in.unsigned_golomb();
        cut_y = unit_y * in.unsigned_golomb();
        cut_y += unit_y * in.unsigned_golomb();
    }
    in.unsigned_golomb();  // bit depth luma
    in.unsigned_golomb();  // bit depth chroma
    in.unsigned_golomb();  // log2_max_pic_order_cnt
    const bool every_sub_layer = in.bit();
    std::uint32_t depth = 0;
    for (std::uint32_t i = every_sub_layer ? 0 : sub_layers_minus1; i <= sub_layers_minus1; ++i) {
        in.unsigned_golomb();
        depth = in.unsigned_golomb();
        in.unsigned_golomb();
    }
    if (!in.ok() || width == 0 || width > kMaxSide || height == 0 || height > kMaxSide || cut_x >= width ||
        cut_y >= height)
        return std::nullopt;
    return SequenceInfo{static_cast<std::uint32_t>(width - cut_x), static_cast<std::uint32_t>(height - cut_y),
                        std::min(depth, 16U)};
}

}  // namespace gatehouse::mediad
