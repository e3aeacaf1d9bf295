#pragma once

#include <cstdint>
#include <vector>

#include "bit_writer.hpp"
#include "cell_picture.hpp"

namespace gatehouse::simcam {

// Writes a CellPicture as Constrained Baseline H.264 without encoding anything: a flat cell is one intra macroblock
// with at most one luma and two chroma coefficients, an unchanged one is skipped. What a decoder shows is exact (chroma
// to even values). A picture costs some hundred bytes and microseconds, so hundreds of cameras need no encoder.
class BlockEncoder {
public:
    // `width`: a multiple of 640, so that every macroblock lies within one cell.
    BlockEncoder(int width, int height, int fps);

    // One Annex B access unit. The first one must be a keyframe.
    std::vector<std::uint8_t> encode(const CellPicture& picture, bool keyframe);

private:
    void write_sequence_parameters(std::vector<std::uint8_t>& out) const;
    static void write_picture_parameters(std::vector<std::uint8_t>& out);
    void write_slice_header(BitWriter& writer, bool keyframe);
    void write_macroblock(BitWriter& writer, int column, int row, bool intra_slice);
    Cell& shown(int column, int row);

    int width_;
    int height_;
    int fps_;
    int columns_;  // in macroblocks
    int rows_;
    std::vector<Cell> shown_;  // per macroblock, what a decoder shows by now
    std::uint32_t frame_num_ = 0;
    std::uint32_t idr_pic_id_ = 0;
};

}  // namespace gatehouse::simcam
