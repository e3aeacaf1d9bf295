#include "raster.hpp"

#include <cstring>

#include "clock_blocks.hpp"

namespace gatehouse::simcam {
namespace {

int cell_of(int pixel, int width) { return pixel * kCellsAcross / width; }

void rasterise_luma(const CellPicture& picture, int width, int height, std::uint64_t frame, std::uint8_t* out) {
    const auto shift = static_cast<int>(frame % 64U);
    for (int y = 0; y < height; ++y) {
        const int row = cell_of(y, width);
        for (int x = 0; x < width; ++x) {
            const Cell& cell = picture.at(cell_of(x, width), row);
            const int shade = cell.background ? ((x + shift) ^ (y + shift)) & 31 : 0;
            *out++ = static_cast<std::uint8_t>(cell.y + shade);
        }
    }
}

void rasterise_chroma(const CellPicture& picture, int width, int height, std::uint8_t Cell::*plane, std::uint8_t* out) {
    for (int y = 0; y < height / 2; ++y) {
        const int row = cell_of(2 * y, width);
        for (int x = 0; x < width / 2; ++x) *out++ = picture.at(cell_of(2 * x, width), row).*plane;
    }
}

}  // namespace

int cell_rows(int width, int height) { return cell_of(height - 1, width) + 1; }

std::size_t i420_bytes(int width, int height) {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3U / 2U;
}

void rasterise(const CellPicture& picture, int width, int height, std::uint64_t frame, std::span<std::uint8_t> pixels) {
    if (pixels.size() < i420_bytes(width, height)) return;
    const auto luma_bytes = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    rasterise_luma(picture, width, height, frame, pixels.data());
    rasterise_chroma(picture, width, height, &Cell::u, pixels.data() + luma_bytes);
    rasterise_chroma(picture, width, height, &Cell::v, pixels.data() + luma_bytes + luma_bytes / 4U);
}

}  // namespace gatehouse::simcam
