#pragma once

#include <cstdint>
#include <vector>

namespace gatehouse::simcam {

struct Cell {
    std::uint8_t y = 16;
    std::uint8_t u = 128;
    std::uint8_t v = 128;
    bool background = false;  // a renderer may shade it; every other cell must stay flat
    bool operator==(const Cell&) const = default;
};

// A picture 40 cells wide: the clock blocks, the same in letters for people, a background in the camera's colour and
// a block that moves. Renderers turn it into pixels or directly into H.264 macroblocks.
class CellPicture {
public:
    // `rows`: how many rows of square cells the picture's height holds, the last one possibly cut.
    explicit CellPicture(int rows);

    int rows() const { return rows_; }
    const Cell& at(int column, int row) const;
    void set(int column, int row, const Cell& cell);  // outside the picture: ignored

private:
    int rows_;
    std::vector<Cell> cells_;
};

// `frame` moves the block in the bottom row.
CellPicture paint_picture(int rows, std::uint8_t camera, std::uint64_t utc_ms, std::uint64_t frame);

}  // namespace gatehouse::simcam
