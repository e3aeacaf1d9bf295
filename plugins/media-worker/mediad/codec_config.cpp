#include "codec_config.h"

#include <array>
#include <cstdio>

#include "bit_reader.h"
#include "parameter_sets.h"

namespace gatehouse::mediad {
namespace {

constexpr std::size_t kMaxRecordBytes = 16 * 1024;

unsigned byte_at(std::span<const std::byte> bytes, std::size_t i) { return std::to_integer<unsigned>(bytes[i]); }

std::string hex(unsigned value, int digits) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%0*X", digits, value);
    return text.data();
}

std::span<const std::byte> first_avcc_sps(std::span<const std::byte> record) {
    if (record.size() < 8 || (byte_at(record, 5) & 0x1FU) == 0) return {};
    const std::size_t size = byte_at(record, 6) << 8 | byte_at(record, 7);
    return record.size() < 8 + size ? std::span<const std::byte>{} : record.subspan(8, size);
}

std::span<const std::byte> first_hvcc_sps(std::span<const std::byte> record) {
    if (record.size() < 23) return {};
    std::span<const std::byte> rest = record.subspan(23);
    for (unsigned arrays = byte_at(record, 22); arrays > 0 && rest.size() >= 3; --arrays) {
        const unsigned type = byte_at(rest, 0) & 0x3FU;
        unsigned count = byte_at(rest, 1) << 8 | byte_at(rest, 2);
        rest = rest.subspan(3);
        for (; count > 0 && rest.size() >= 2; --count) {
            const std::size_t size = byte_at(rest, 0) << 8 | byte_at(rest, 1);
            if (rest.size() < 2 + size) return {};
            if (type == 33) return rest.subspan(2, size);
            rest = rest.subspan(2 + size);
        }
    }
    return {};
}

/// ISO/IEC 14496-15, annex E.3.
std::string hevc_codec_string(std::span<const std::byte> record) {
    const unsigned space = byte_at(record, 1) >> 6;
    const unsigned tier = (byte_at(record, 1) >> 5) & 1U;
    std::uint32_t flags = 0;
    std::uint32_t reversed = 0;
    for (std::size_t i = 2; i < 6; ++i) flags = flags << 8 | byte_at(record, i);
    for (unsigned i = 0; i < 32; ++i) reversed |= ((flags >> i) & 1U) << (31 - i);
    std::string text = "hvc1.";
    if (space > 0) text += static_cast<char>('A' + space - 1);
    text += std::to_string(byte_at(record, 1) & 0x1FU) + "." + hex(reversed, 1) + "." + (tier != 0 ? "H" : "L") +
            std::to_string(byte_at(record, 12));
    std::size_t last = 12;
    while (last > 6 && record[last - 1] == std::byte{0}) --last;
    for (std::size_t i = 6; i < last; ++i) text += "." + hex(byte_at(record, i), 1);
    return text;
}

std::optional<VideoConfig> assemble(VideoCodec codec, std::span<const std::byte> record, std::string codec_string,
                                    const std::optional<SequenceInfo>& info) {
    if (!info || info->width == 0 || info->height == 0) return std::nullopt;
    VideoConfig config;
    config.codec = codec;
    config.record.assign(record.begin(), record.end());
    config.codec_string = std::move(codec_string);
    config.width = info->width;
    config.height = info->height;
    config.reorder_depth = info->reorder_depth;
    return config;
}

}  // namespace

std::optional<VideoConfig> video_config_from_avcc(std::span<const std::byte> record) {
    if (record.size() < 8 || record.size() > kMaxRecordBytes || byte_at(record, 0) != 1) return std::nullopt;
    const unsigned numbers = byte_at(record, 1) << 16 | byte_at(record, 2) << 8 | byte_at(record, 3);
    return assemble(VideoCodec::h264, record, "avc1." + hex(numbers, 6), parse_h264_sps(first_avcc_sps(record)));
}

std::optional<VideoConfig> video_config_from_hvcc(std::span<const std::byte> record) {
    if (record.size() < 23 || record.size() > kMaxRecordBytes) return std::nullopt;
    return assemble(VideoCodec::h265, record, hevc_codec_string(record), parse_h265_sps(first_hvcc_sps(record)));
}

std::optional<AudioConfig> audio_config_from_asc(std::span<const std::byte> record) {
    constexpr std::array<std::uint32_t, 13> kRates{96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                                   22050, 16000, 12000, 11025, 8000,  7350};
    if (record.size() < 2 || record.size() > 64) return std::nullopt;
    BitReader in(record);
    const auto object_type = [&in] {
        const std::uint32_t type = in.bits(5);
        return type == 31 ? 32 + in.bits(6) : type;
    };
    const auto rate = [&in, &kRates]() -> std::uint32_t {
        const std::uint32_t index = in.bits(4);
        if (index == 15) return in.bits(24);
        return index < kRates.size() ? kRates[index] : 0;
    };
    AudioConfig config;
    const std::uint32_t type = object_type();
    config.sample_rate = rate();
    config.channels = in.bits(4);
    if (type == 5 || type == 29) {  // SBR, PS: the extension's rate, then the core's type
        rate();
        object_type();
    }
    config.samples_per_frame = in.bit() ? 960 : 1024;
    // Low complexity, with SBR or PS or without: what browsers decode.
    const bool plays = type == 2 || type == 5 || type == 29;
    if (!in.ok() || !plays || config.sample_rate < 4000 || config.sample_rate > 192000) return std::nullopt;
    config.record.assign(record.begin(), record.end());
    config.codec_string = "mp4a.40." + std::to_string(type);
    return config;
}

}  // namespace gatehouse::mediad
