#pragma once

#include <cstdint>
#include <vector>

namespace gatehouse::simcam {

// Writes the bits of one H.264 NAL unit (ITU-T H.264, 7.2, 9.1).
class BitWriter {
public:
    void bits(std::uint32_t value, unsigned count) {  // count <= 32
        for (unsigned i = count; i-- > 0;) bit(((value >> i) & 1U) != 0U);
    }
    void bit(bool one) {
        current_ = static_cast<std::uint8_t>(2U * current_ + (one ? 1U : 0U));
        if (++filled_ == 8) flush();
    }
    void ue(std::uint32_t value) {  // unsigned Exp-Golomb; value < 2^31
        unsigned length = 0;
        while (((value + 1U) >> length) > 1U) ++length;
        bits(0, length);
        bits(value + 1U, length + 1U);
    }
    void se(std::int32_t value) {
        ue(value > 0 ? static_cast<std::uint32_t>(2 * value - 1) : static_cast<std::uint32_t>(-2 * value));
    }

    // Appends start code, `header` and the bits with their trailing bit, emulation prevention included, to `out`.
    void finish(std::uint8_t header, std::vector<std::uint8_t>& out) {
        bit(true);
        while (filled_ != 0) bit(false);
        for (const std::uint8_t byte : {std::uint8_t{0}, std::uint8_t{0}, std::uint8_t{0}, std::uint8_t{1}, header}) {
            out.push_back(byte);
        }
        unsigned zeros = 0;
        for (const std::uint8_t byte : bytes_) {
            if (zeros >= 2 && byte <= 3) {
                out.push_back(3);
                zeros = 0;
            }
            out.push_back(byte);
            zeros = byte == 0 ? zeros + 1 : 0;
        }
        bytes_.clear();
    }

private:
    void flush() {
        bytes_.push_back(current_);
        current_ = 0;
        filled_ = 0;
    }

    std::vector<std::uint8_t> bytes_;
    std::uint8_t current_ = 0;
    unsigned filled_ = 0;
};

}  // namespace gatehouse::simcam
