#include "cell_picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <string>
#include <string_view>

#include "clock_blocks.hpp"

namespace gatehouse::simcam {
namespace {

constexpr int kGlyphRows = 5;

struct Glyph {
    char character;
    int width;
    std::array<std::uint8_t, kGlyphRows> rows;  // highest of `width` bits is the left cell
};

constexpr std::array<Glyph, 16> kGlyphs{{
    {'0', 3, {7, 5, 5, 5, 7}},
    {'1', 3, {2, 6, 2, 2, 7}},
    {'2', 3, {7, 1, 7, 4, 7}},
    {'3', 3, {7, 1, 7, 1, 7}},
    {'4', 3, {5, 5, 7, 1, 1}},
    {'5', 3, {7, 4, 7, 1, 7}},
    {'6', 3, {7, 4, 7, 5, 7}},
    {'7', 3, {7, 1, 2, 2, 2}},
    {'8', 3, {7, 5, 7, 5, 7}},
    {'9', 3, {7, 5, 7, 1, 7}},
    {'C', 3, {7, 4, 4, 4, 7}},
    {'A', 3, {7, 5, 7, 5, 5}},
    {'M', 5, {17, 27, 21, 17, 17}},
    {':', 1, {0, 1, 0, 1, 0}},
    {'.', 1, {0, 0, 0, 0, 1}},
    {' ', 1, {0, 0, 0, 0, 0}},
}};

void draw_text(CellPicture& picture, std::string_view text, int column, int row) {
    const Cell ink{.y = kLumaOne, .u = 128, .v = 128};
    for (const char character : text) {
        const auto* glyph = std::find_if(kGlyphs.begin(), kGlyphs.end(),
                                         [character](const Glyph& g) { return g.character == character; });
        if (glyph == kGlyphs.end()) continue;
        for (int y = 0; y < kGlyphRows; ++y) {
            for (int x = 0; x < glyph->width; ++x) {
                const unsigned bits = glyph->rows.at(static_cast<std::size_t>(y));
                if (((bits >> static_cast<unsigned>(glyph->width - 1 - x)) & 1U) != 0U) {
                    picture.set(column + x, row + y, ink);
                }
            }
        }
        column += glyph->width + 1;
    }
}

std::string two_digits(int value) {
    std::string text = std::to_string(value % 100);
    return text.size() < 2 ? "0" + text : text;
}

// Hues a golden angle apart: neighbours in a grid never look alike.
Cell background_of(std::uint8_t camera) {
    const double angle = camera * 2.399963;
    const auto chroma = [](double value) { return static_cast<std::uint8_t>(std::lround(128.0 + 56.0 * value)); };
    return {.y = 80, .u = chroma(std::cos(angle)), .v = chroma(std::sin(angle)), .background = true};
}

void draw_clock_blocks(CellPicture& picture, std::uint64_t word) {
    for (int column = 0; column < kClockBitsPerRow + 2; ++column) {
        for (int row = 0; row < 2 + kClockBits / kClockBitsPerRow; ++row) picture.set(column, row, Cell{.y = 126});
    }
    for (int bit = 0; bit < kClockBits; ++bit) {
        const bool one = ((word >> static_cast<unsigned>(kClockBits - 1 - bit)) & 1U) != 0U;
        picture.set(1 + bit % kClockBitsPerRow, 1 + bit / kClockBitsPerRow, Cell{.y = one ? kLumaOne : kLumaZero});
    }
}

void draw_readable_clock(CellPicture& picture, std::uint8_t camera, std::uint64_t utc_ms) {
    const auto seconds = static_cast<std::time_t>(utc_ms / 1000U);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    const std::string milliseconds = std::to_string(1000U + utc_ms % 1000U).substr(1);
    draw_text(picture, "CAM " + std::to_string(camera), 1, 5);
    draw_text(picture, two_digits(utc.tm_hour) + ":" + two_digits(utc.tm_min) + ":" + two_digits(utc.tm_sec), 1, 11);
    draw_text(picture, "." + milliseconds, 20, 17);
}

}  // namespace

CellPicture::CellPicture(int rows)
    : rows_(std::max(rows, 1)), cells_(static_cast<std::size_t>(kCellsAcross) * static_cast<std::size_t>(rows_)) {}

const Cell& CellPicture::at(int column, int row) const {
    return cells_.at(static_cast<std::size_t>(row) * kCellsAcross + static_cast<std::size_t>(column));
}

void CellPicture::set(int column, int row, const Cell& cell) {
    if (column < 0 || column >= kCellsAcross || row < 0 || row >= rows_) return;
    cells_[static_cast<std::size_t>(row) * kCellsAcross + static_cast<std::size_t>(column)] = cell;
}

CellPicture paint_picture(int rows, std::uint8_t camera, std::uint64_t utc_ms, std::uint64_t frame) {
    CellPicture picture(rows);
    const Cell background = background_of(camera);
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < kCellsAcross; ++column) picture.set(column, row, background);
    }
    draw_clock_blocks(picture, clock_word(camera, utc_ms));
    draw_readable_clock(picture, camera, utc_ms);
    const int position = static_cast<int>(frame % 14U);
    picture.set(2 + position, 18, Cell{.y = 200, .u = background.v, .v = background.u});
    picture.set(2 + position, 19, Cell{.y = 200, .u = background.v, .v = background.u});
    return picture;
}

}  // namespace gatehouse::simcam
