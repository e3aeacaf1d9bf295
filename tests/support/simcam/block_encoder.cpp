#include "block_encoder.hpp"

#include <cstdlib>

#include "clock_blocks.hpp"

// References are to ITU-T H.264 (08/2021).

namespace gatehouse::simcam {
namespace {

constexpr int kMacroblock = 16;
constexpr std::uint8_t kNalIdr = 0x65;    // nal_ref_idc 3, type 5
constexpr std::uint8_t kNalSlice = 0x41;  // nal_ref_idc 2, type 1
constexpr std::uint8_t kNalSps = 0x67;
constexpr std::uint8_t kNalPps = 0x68;
constexpr std::uint8_t kNalDelimiter = 0x09;
constexpr unsigned kFrameNumBits = 16;

// With this quantiser a luma DC level is the difference in luma, and a chroma DC level is half the one in chroma
// (8.5.10, 8.5.11: LevelScale is 256, the shifts cancel).
constexpr int kQp = 28;

enum class Prediction : std::uint32_t { vertical = 0, horizontal = 1, dc = 2 };  // Table 8-4

// One coefficient, the first and only one of its block (9.2). `token_none`, `token_one`, `token_more` are the code
// words of coeff_token for no coefficient, a single +-1, and a single larger one.
struct CodeWord {
    std::uint32_t bits;
    unsigned count;
};
struct CoefficientTokens {
    CodeWord none;
    CodeWord one;
    CodeWord more;
};
constexpr CoefficientTokens kLumaDc{.none = {1, 1}, .one = {1, 2}, .more = {5, 6}};    // Table 9-5, 0 <= nC < 2
constexpr CoefficientTokens kChromaDc{.none = {1, 2}, .one = {1, 1}, .more = {7, 6}};  // Table 9-5, nC == -1

void write_level(BitWriter& writer, int level) {  // 9.2.2.1 with suffixLength 0 and no trailing ones
    const auto code = static_cast<std::uint32_t>(2 * std::abs(level) - (level > 0 ? 2 : 1) - 2);
    if (code < 14) {
        writer.bits(1, code + 1);
    } else if (code < 30) {
        writer.bits(1, 15);
        writer.bits(code - 14, 4);
    } else {
        writer.bits(1, 16);
        writer.bits(code - 30, 12);
    }
}

void write_coefficient(BitWriter& writer, int level, const CoefficientTokens& tokens) {
    const CodeWord word = level == 0 ? tokens.none : std::abs(level) == 1 ? tokens.one : tokens.more;
    writer.bits(word.bits, word.count);
    if (level == 0) return;
    if (std::abs(level) == 1)
        writer.bit(level < 0);
    else
        write_level(writer, level);
    writer.bit(true);  // total_zeros 0, Tables 9-7 and 9-9
}

Cell representable(const Cell& cell) {
    const auto even = [](std::uint8_t value) { return static_cast<std::uint8_t>(value & 0xfeU); };
    return {.y = cell.y, .u = even(cell.u), .v = even(cell.v)};
}

std::uint32_t level_idc(int macroblocks) {  // Table A-1, for up to 30 frames a second
    if (macroblocks <= 1350) return 30;
    if (macroblocks <= 3600) return 31;
    if (macroblocks <= 8192) return 40;
    return 51;
}

}  // namespace

BlockEncoder::BlockEncoder(int width, int height, int fps)
    : width_(width),
      height_(height),
      fps_(fps),
      columns_((width + kMacroblock - 1) / kMacroblock),
      rows_((height + kMacroblock - 1) / kMacroblock),
      shown_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_)) {}

Cell& BlockEncoder::shown(int column, int row) {
    return shown_[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
                  static_cast<std::size_t>(column)];
}

void BlockEncoder::write_sequence_parameters(std::vector<std::uint8_t>& out) const {
    BitWriter w;  // 7.3.2.1.1
    w.bits(66, 8);
    w.bits(0xc0, 8);  // constraint_set0 and 1: Constrained Baseline
    w.bits(level_idc(columns_ * rows_), 8);
    w.ue(0);                  // seq_parameter_set_id
    w.ue(kFrameNumBits - 4);  // log2_max_frame_num_minus4
    w.ue(2);                  // pic_order_cnt_type: output order is decoding order
    w.ue(1);                  // max_num_ref_frames
    w.bit(false);             // gaps_in_frame_num_value_allowed_flag
    w.ue(static_cast<std::uint32_t>(columns_ - 1));
    w.ue(static_cast<std::uint32_t>(rows_ - 1));
    w.bit(true);  // frame_mbs_only_flag
    w.bit(true);  // direct_8x8_inference_flag
    const int surplus = rows_ * kMacroblock - height_;
    w.bit(surplus != 0);
    if (surplus != 0) {
        for (int i = 0; i < 3; ++i) w.ue(0);
        w.ue(static_cast<std::uint32_t>(surplus / 2));
    }
    w.bit(true);        // VUI, E.1.1
    w.bits(0b0000, 4);  // no aspect ratio, overscan, video signal, chroma location
    w.bit(true);        // timing_info_present_flag
    w.bits(1, 32);
    w.bits(static_cast<std::uint32_t>(2 * fps_), 32);
    w.bit(true);       // fixed_frame_rate_flag
    w.bits(0b000, 3);  // no HRD, no pic_struct
    w.bit(true);       // bitstream_restriction_flag
    w.bit(true);
    for (const std::uint32_t value : {0U, 0U, 16U, 16U, 0U, 1U}) w.ue(value);  // no reordering, one frame buffered
    w.finish(kNalSps, out);
}

void BlockEncoder::write_picture_parameters(std::vector<std::uint8_t>& out) {
    BitWriter w;  // 7.3.2.2
    w.ue(0);
    w.ue(0);
    w.bits(0b00, 2);  // CAVLC, no bottom field order
    w.ue(0);          // one slice group
    w.ue(0);
    w.ue(0);
    w.bits(0b000, 3);  // no weighted prediction
    w.se(kQp - 26);
    w.se(0);
    w.se(0);
    w.bits(0b100, 3);  // deblocking control present, no constrained intra prediction, no redundant pictures
    w.finish(kNalPps, out);
}

void BlockEncoder::write_slice_header(BitWriter& w, bool keyframe) {
    w.ue(0);                 // first_mb_in_slice
    w.ue(keyframe ? 7 : 5);  // slice_type: all slices I, all slices P
    w.ue(0);
    w.bits(frame_num_, kFrameNumBits);
    if (keyframe) {
        w.ue(idr_pic_id_);
        w.bits(0b00, 2);  // dec_ref_pic_marking of an IDR picture
    } else {
        w.bits(0b00, 2);  // no override of the reference count, no list modification
        w.bit(false);     // adaptive_ref_pic_marking_mode_flag
    }
    w.se(0);  // slice_qp_delta
    w.ue(1);  // disable_deblocking_filter_idc: what is flat stays flat
}

// Intra_16x16, predicted from the left neighbour, in the first column from above (7.3.5, Table 7-11).
void BlockEncoder::write_macroblock(BitWriter& w, int column, int row, bool intra_slice) {
    Cell predicted{.y = 128, .u = 128, .v = 128};
    Prediction mode = Prediction::dc;
    if (column > 0) {
        mode = Prediction::horizontal;
        predicted = shown(column - 1, row);
    } else if (row > 0) {
        mode = Prediction::vertical;
        predicted = shown(column, row - 1);
    }
    const Cell& target = shown(column, row);
    const int luma = target.y - predicted.y;
    const int blue = (target.u - predicted.u) / 2;
    const int red = (target.v - predicted.v) / 2;
    const bool chroma = blue != 0 || red != 0;
    w.ue((intra_slice ? 0U : 5U) + 1U + static_cast<std::uint32_t>(mode) + (chroma ? 4U : 0U));
    // intra_chroma_pred_mode counts dc, horizontal, vertical (Table 7-16).
    w.ue(mode == Prediction::dc ? 0U : mode == Prediction::horizontal ? 1U : 2U);
    w.se(0);  // mb_qp_delta
    write_coefficient(w, luma, kLumaDc);
    if (!chroma) return;
    write_coefficient(w, blue, kChromaDc);
    write_coefficient(w, red, kChromaDc);
}

std::vector<std::uint8_t> BlockEncoder::encode(const CellPicture& picture, bool keyframe) {
    std::vector<std::uint8_t> out;
    BitWriter delimiter;
    delimiter.bits(0b111, 3);
    delimiter.finish(kNalDelimiter, out);
    if (keyframe) {
        frame_num_ = 0;
        idr_pic_id_ ^= 1U;
        write_sequence_parameters(out);
        write_picture_parameters(out);
    }
    BitWriter w;
    write_slice_header(w, keyframe);
    std::uint32_t skipped = 0;
    for (int row = 0; row < rows_; ++row) {
        const int cell_row = row * kMacroblock * kCellsAcross / width_;
        for (int column = 0; column < columns_; ++column) {
            const Cell target = representable(picture.at(column * kMacroblock * kCellsAcross / width_, cell_row));
            if (!keyframe && target == shown(column, row)) {
                ++skipped;
                continue;
            }
            shown(column, row) = target;
            if (!keyframe) w.ue(skipped);
            skipped = 0;
            write_macroblock(w, column, row, keyframe);
        }
    }
    if (skipped > 0) w.ue(skipped);
    w.finish(keyframe ? kNalIdr : kNalSlice, out);
    frame_num_ = (frame_num_ + 1U) & ((1U << kFrameNumBits) - 1U);
    return out;
}

}  // namespace gatehouse::simcam
