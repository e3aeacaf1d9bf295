#include <algorithm>

#include "bit_reader.h"
#include "parameter_sets.h"

namespace gatehouse::mediad {
namespace {

constexpr std::uint32_t kMaxMacroblocks = 1024;  // per side: 16384 pixels

bool has_chroma_fields(std::uint32_t profile) {
    for (const std::uint32_t p : {100U, 110U, 122U, 244U, 44U, 83U, 86U, 118U, 128U, 138U, 139U, 134U, 135U})
        if (p == profile) return true;
    return false;
}

void skip_scaling_list(BitReader& in, unsigned size) {
    std::int32_t last = 8;
    std::int32_t next = 8;
    for (unsigned i = 0; i < size && in.ok(); ++i) {
        if (next != 0) next = ((last + in.signed_golomb()) % 256 + 256) % 256;
        last = next == 0 ? last : next;
    }
}

/// Returns chroma_format_idc; 3 with separate planes counts as 0.
std::uint32_t read_chroma_fields(BitReader& in) {
    const std::uint32_t format = in.unsigned_golomb();
    const bool separate_planes = format == 3 && in.bit();
    in.unsigned_golomb();  // bit depth luma
    in.unsigned_golomb();  // bit depth chroma
    in.bit();              // lossless bypass
    if (in.bit()) {
        const unsigned lists = format != 3 ? 8 : 12;
        for (unsigned i = 0; i < lists; ++i)
            if (in.bit()) skip_scaling_list(in, i < 6 ? 16 : 64);
    }
    return separate_planes ? 0 : format;
}

/// Returns pic_order_cnt_type.
std::uint32_t read_picture_order(BitReader& in) {
    const std::uint32_t type = in.unsigned_golomb();
    if (type == 0) {
        in.unsigned_golomb();
    } else if (type == 1) {
        in.bit();
        in.signed_golomb();
        in.signed_golomb();
        const std::uint32_t cycle = std::min(in.unsigned_golomb(), 255U);
        for (std::uint32_t i = 0; i < cycle && in.ok(); ++i) in.signed_golomb();
    }
    return type;
}

void skip_hrd(BitReader& in) {
    const std::uint32_t count = std::min(in.unsigned_golomb(), 31U) + 1;
    in.skip(8);
    for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
        in.unsigned_golomb();
        in.unsigned_golomb();
        in.bit();
    }
    in.skip(20);
}

std::optional<unsigned> read_reorder_depth_from_vui(BitReader& in) {
    if (in.bit() && in.bits(8) == 255) in.skip(32);  // aspect ratio
    if (in.bit()) in.bit();                          // overscan
    if (in.bit()) {                                  // video signal type
        in.skip(4);
        if (in.bit()) in.skip(24);
    }
    if (in.bit()) {  // chroma location
        in.unsigned_golomb();
        in.unsigned_golomb();
    }
    if (in.bit()) in.skip(65);  // timing
    const bool nal_hrd = in.bit();
    if (nal_hrd) skip_hrd(in);
    const bool vcl_hrd = in.bit();
    if (vcl_hrd) skip_hrd(in);
    if (nal_hrd || vcl_hrd) in.bit();
    in.bit();                            // pic_struct
    if (!in.bit()) return std::nullopt;  // no bitstream restrictions
    in.bit();                            // motion vectors over boundaries
    for (int i = 0; i < 4; ++i) in.unsigned_golomb();
    const std::uint32_t depth = in.unsigned_golomb();
    if (!in.ok() || depth > 16) return std::nullopt;
    return depth;
}

struct Crop {
    std::uint32_t left = 0, right = 0, top = 0, bottom = 0;
};

}  // namespace

std::optional<SequenceInfo> parse_h264_sps(std::span<const std::byte> sps) {
    if (sps.size() < 4 || (std::to_integer<unsigned>(sps[0]) & 0x1FU) != 7) return std::nullopt;
    const auto payload = without_emulation_prevention(sps.subspan(1));
    BitReader in(payload);
    const std::uint32_t profile = in.bits(8);
    in.skip(16);
    in.unsigned_golomb();  // id
    const std::uint32_t chroma = has_chroma_fields(profile) ? read_chroma_fields(in) : 1;
    in.unsigned_golomb();  // log2_max_frame_num
    const std::uint32_t order_type = read_picture_order(in);
    in.unsigned_golomb();  // reference frames
    in.bit();              // gaps allowed
    const std::uint32_t wide = in.unsigned_golomb() + 1;
    const std::uint32_t map_units = in.unsigned_golomb() + 1;
    const bool frames_only = in.bit();
    if (!frames_only) in.bit();
    in.bit();  // direct_8x8
    Crop crop;
    if (in.bit()) crop = {in.unsigned_golomb(), in.unsigned_golomb(), in.unsigned_golomb(), in.unsigned_golomb()};
    if (!in.ok() || wide == 0 || wide > kMaxMacroblocks || map_units == 0 || map_units > kMaxMacroblocks)
        return std::nullopt;

    const std::uint32_t field_factor = frames_only ? 1 : 2;
    const std::uint64_t unit_x = chroma == 1 || chroma == 2 ? 2 : 1;
    const std::uint64_t unit_y = (chroma == 1 ? 2U : 1U) * field_factor;
    const std::uint64_t cut_x = unit_x * (std::uint64_t{crop.left} + crop.right);
    const std::uint64_t cut_y = unit_y * (std::uint64_t{crop.top} + crop.bottom);
    const std::uint64_t width = std::uint64_t{wide} * 16;
    const std::uint64_t height = std::uint64_t{map_units} * 16 * field_factor;
    if (cut_x >= width || cut_y >= height) return std::nullopt;

    SequenceInfo info;
    info.width = static_cast<std::uint32_t>(width - cut_x);
    info.height = static_cast<std::uint32_t>(height - cut_y);
    if (in.bit()) info.reorder_depth = read_reorder_depth_from_vui(in);
    // Baseline has no B pictures, and order type 2 forbids reordering (8.2.1.3).
    if (profile == 66 || order_type == 2) info.reorder_depth = 0;
    return info;
}

}  // namespace gatehouse::mediad
