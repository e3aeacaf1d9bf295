#include "hls/mp4_box.h"

namespace gatehouse::mediamtx {
namespace {

constexpr std::size_t kMostBoxes = 4'096;

std::uint64_t read_number(std::string_view bytes, std::size_t at, std::size_t size) noexcept {
    if (bytes.size() < size || at > bytes.size() - size) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

}  // namespace

std::uint16_t read_u16(std::string_view bytes, std::size_t at) noexcept {
    return static_cast<std::uint16_t>(read_number(bytes, at, 2));
}
std::uint32_t read_u32(std::string_view bytes, std::size_t at) noexcept {
    return static_cast<std::uint32_t>(read_number(bytes, at, 4));
}

std::optional<Mp4Box> Mp4Boxes::next() noexcept {
    if (rest_.size() < 8 || count_ >= kMostBoxes) return std::nullopt;
    std::size_t header = 8;
    std::uint64_t size = read_u32(rest_, 0);
    if (size == 1) {
        header = 16;
        size = read_number(rest_, 8, 8);
    } else if (size == 0) {
        size = rest_.size();
    }
    if (size < header || size > rest_.size()) return std::nullopt;
    const std::string_view whole = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(whole.size());
    ++count_;
    return Mp4Box{whole.substr(4, 4), whole.substr(header), whole};
}

std::optional<Mp4Box> find_box(std::string_view bytes, std::string_view type) noexcept {
    Mp4Boxes boxes(bytes);
    while (const auto box = boxes.next())
        if (box->type == type) return box;
    return std::nullopt;
}

}  // namespace gatehouse::mediamtx
