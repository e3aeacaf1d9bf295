#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace gatehouse::mediad {

/// Writes ISO base media boxes (ISO/IEC 14496-12), big-endian, into a growing buffer that is reused.
class BoxWriter {
public:
    void clear() { out_.clear(); }
    std::size_t size() const noexcept { return out_.size(); }
    std::span<const std::byte> bytes() const noexcept { return out_; }

    template <std::unsigned_integral T>
    void number(T value) {
        for (unsigned shift = sizeof(T) * 8; shift > 0; shift -= 8)
            out_.push_back(static_cast<std::byte>((static_cast<std::uint64_t>(value) >> (shift - 8)) & 0xFFU));
    }
    void u8(std::uint8_t v) { number(v); }
    void u16(std::uint16_t v) { number(v); }
    void u32(std::uint32_t v) { number(v); }
    void u64(std::uint64_t v) { number(v); }
    void zeros(std::size_t count) { out_.resize(out_.size() + count); }
    void raw(std::span<const std::byte> bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
    void text(std::string_view text) {
        for (const char c : text) out_.push_back(static_cast<std::byte>(c));
    }

    /// The box lasts until the returned handle's end.
    class Box {
    public:
        Box(BoxWriter& writer, std::string_view type) : writer_(writer), start_(writer.size()) {
            writer.u32(0);
            writer.text(type);
        }
        Box(BoxWriter& writer, std::string_view type, std::uint8_t version, std::uint32_t flags) : Box(writer, type) {
            writer.u32(std::uint32_t{version} << 24 | flags);
        }
        Box(const Box&) = delete;
        Box& operator=(const Box&) = delete;
        ~Box() { writer_.patch_u32(start_, static_cast<std::uint32_t>(writer_.size() - start_)); }

    private:
        BoxWriter& writer_;
        std::size_t start_;
    };

    void patch_u32(std::size_t at, std::uint32_t value) {
        for (unsigned i = 0; i < 4; ++i) out_[at + i] = static_cast<std::byte>((value >> (24 - 8 * i)) & 0xFFU);
    }

private:
    std::vector<std::byte> out_;
};

}  // namespace gatehouse::mediad
