#include "bit_reader.h"

namespace gatehouse::mediad {

std::uint32_t BitReader::bits(unsigned count) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < count; ++i, ++position_) {
        std::uint32_t next = 0;
        if (position_ / 8 < bytes_.size())
            next = (std::to_integer<std::uint32_t>(bytes_[position_ / 8]) >> (7 - position_ % 8)) & 1U;
        else
            ok_ = false;
        value = (value << 1) | next;
    }
    return value;
}

std::uint32_t BitReader::unsigned_golomb() {
    unsigned zeros = 0;
    while (ok_ && !bit()) {
        if (++zeros > 31) {
            ok_ = false;
            return 0;
        }
    }
    if (!ok_) return 0;
    return static_cast<std::uint32_t>((std::uint64_t{1} << zeros) - 1 + bits(zeros));
}

std::int32_t BitReader::signed_golomb() {
    const std::int64_t code = unsigned_golomb();
    return static_cast<std::int32_t>(code % 2 != 0 ? (code + 1) / 2 : -(code / 2));
}

void BitReader::skip(std::size_t count) {
    position_ += count;
    if (position_ > bytes_.size() * 8) ok_ = false;
}

std::vector<std::byte> without_emulation_prevention(std::span<const std::byte> nal) {
    std::vector<std::byte> out;
    out.reserve(nal.size());
    unsigned zeros = 0;
    for (const std::byte b : nal) {
        if (zeros >= 2 && b == std::byte{3}) {
            zeros = 0;
            continue;
        }
        zeros = b == std::byte{0} ? zeros + 1 : 0;
        out.push_back(b);
    }
    return out;
}

}  // namespace gatehouse::mediad
