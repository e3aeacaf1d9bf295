#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gatehouse::mediad {

/// Reads bits, most significant first, and Exp-Golomb codes (H.264, 9.1). Reading past the end gives zeros and makes
/// ok() false; it never throws.
class BitReader {
public:
    explicit BitReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    std::uint32_t bits(unsigned count);  ///< count 0..32
    bool bit() { return bits(1) != 0; }
    std::uint32_t unsigned_golomb();
    std::int32_t signed_golomb();
    void skip(std::size_t count);

    bool ok() const noexcept { return ok_; }

private:
    std::span<const std::byte> bytes_;
    std::size_t position_ = 0;  // in bits
    bool ok_ = true;
};

/// The payload of a NAL unit without its emulation prevention bytes (H.264, 7.4.1; H.265, 7.4.2).
std::vector<std::byte> without_emulation_prevention(std::span<const std::byte> nal);

}  // namespace gatehouse::mediad
