#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cell_picture.hpp"

namespace gatehouse::simcam {

int cell_rows(int width, int height);
std::size_t i420_bytes(int width, int height);

// Writes `picture` as tightly packed I420 (even width and height). Background cells get a moving shade, so that an
// encoder has motion to code; `frame` moves it. `pixels` must hold i420_bytes(width, height).
void rasterise(const CellPicture& picture, int width, int height, std::uint64_t frame, std::span<std::uint8_t> pixels);

}  // namespace gatehouse::simcam
