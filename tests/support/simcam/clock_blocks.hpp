#pragma once

#include <cstdint>

namespace gatehouse::simcam {

// The machine-readable clock of a simulated picture; README.md has the layout for readers in other languages.
inline constexpr int kCellsAcross = 40;  // cell side = picture width / 40
inline constexpr int kClockBits = 64;    // two rows of 32 cells, one cell away from the top left corner
inline constexpr int kClockBitsPerRow = 32;
inline constexpr std::uint8_t kLumaOne = 235;
inline constexpr std::uint8_t kLumaZero = 16;

// The 64 bits, first cell in the highest bit: 1010, camera (8 bits), UTC milliseconds (44 bits, larger values wrap),
// XOR of the seven bytes before it (8 bits).
std::uint64_t clock_word(std::uint8_t camera, std::uint64_t utc_ms);

}  // namespace gatehouse::simcam
