// Boxes of ISO/IEC 14496-12 in bytes from outside. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::mediamtx {

// Big-endian numbers; 0 where there are not enough bytes.
std::uint16_t read_u16(std::string_view bytes, std::size_t at) noexcept;
std::uint32_t read_u32(std::string_view bytes, std::size_t at) noexcept;

struct Mp4Box {
    std::string_view type;     // four characters
    std::string_view payload;  // behind the header
    std::string_view whole;    // with the header
};

// Walks the boxes that lie side by side in `bytes`. At most 4,096: what comes then is malformed.
class Mp4Boxes {
public:
    explicit Mp4Boxes(std::string_view bytes) noexcept : rest_(bytes) {}
    // The next box; nullopt at the end, and where the bytes are malformed.
    std::optional<Mp4Box> next() noexcept;
    // After the end: every byte belonged to a box.
    bool complete() const noexcept { return rest_.empty(); }

private:
    std::string_view rest_;
    std::size_t count_ = 0;
};

// The first box of a type in `bytes`; nullopt where there is none.
std::optional<Mp4Box> find_box(std::string_view bytes, std::string_view type) noexcept;

}  // namespace gatehouse::mediamtx
