#include "hls/init_section.h"

#include <gatehouse/error.h>

#include <algorithm>

#include "hls/mp4_box.h"

namespace gatehouse::mediamtx {
namespace {

constexpr std::size_t kMostTracks = 8;
constexpr std::size_t kVisualEntryBytes = 78;  // of VisualSampleEntry before its boxes
constexpr std::size_t kAudioEntryBytes = 28;

[[noreturn]] void refuse(const char* why) {
    throw Error(ErrorCode::kBadUpstream, std::string("the init section is refused: ") + why);
}

unsigned byte_at(std::string_view bytes, std::size_t at) {
    return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u;
}

std::string hex(std::uint64_t value, int digits) {
    std::string text;
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) text += "0123456789abcdef"[(value >> shift) & 0xF];
    return text;
}

// avcC: profile, constraints and level follow the version (ISO/IEC 14496-15).
std::string avc_codec(std::string_view config) {
    return config.size() < 4
               ? "avc1"
               : "avc1." + hex(byte_at(config, 1), 2) + hex(byte_at(config, 2), 2) + hex(byte_at(config, 3), 2);
}

// hvcC as RFC 6381 and ISO/IEC 14496-15 annex E.3 spell it: profile, compatibility bits reversed, tier and level,
// constraint bytes without the zeros at their end.
std::string hevc_codec(std::string_view type, std::string_view config) {
    if (config.size() < 13) return std::string(type);
    const unsigned first = byte_at(config, 1);
    std::string text = std::string(type) + '.';
    if (first >> 6 != 0) text += "ABC"[(first >> 6) - 1];
    text += std::to_string(first & 0x1F) + '.';
    std::uint32_t reversed = 0;
    for (int bit = 0; bit < 32; ++bit) reversed |= ((read_u32(config, 2) >> bit) & 1u) << (31 - bit);
    std::string flags = hex(reversed, 8);
    flags.erase(0, std::min(flags.find_first_not_of('0'), std::size_t{7}));
    text += flags + '.' + ((first >> 5 & 1u) != 0 ? 'H' : 'L') + std::to_string(byte_at(config, 12));
    std::size_t last = 6;
    while (last > 0 && byte_at(config, 5 + last) == 0) --last;
    for (std::size_t i = 1; i <= last; ++i) text += '.' + hex(byte_at(config, 5 + i), 2);
    return text;
}

// The audio object type in an esds box (ISO/IEC 14496-1): descriptors 3, 4 and 5, each with a length of 7 bits a byte.
std::string aac_codec(std::string_view esds) {
    std::size_t at = 4;
    const auto enter = [&](unsigned tag) {
        if (byte_at(esds, at) != tag) return false;
        ++at;
        for (int i = 0; i < 4; ++i)
            if ((byte_at(esds, at++) & 0x80) == 0) break;
        return at < esds.size();
    };
    if (!enter(3)) return "mp4a.40.2";
    at += 3;
    if (!enter(4)) return "mp4a.40.2";
    at += 13;
    if (!enter(5)) return "mp4a.40.2";
    const unsigned type = byte_at(esds, at) >> 3;
    return type == 0 || type == 31 ? "mp4a.40.2" : "mp4a.40." + std::to_string(type);
}

std::string video_codec(const Mp4Box& entry) {
    const std::string_view boxes = entry.payload.substr(std::min(entry.payload.size(), kVisualEntryBytes));
    if (entry.type == "avc1" || entry.type == "avc3")
        if (const auto config = find_box(boxes, "avcC")) return avc_codec(config->payload);
    if (entry.type == "hvc1" || entry.type == "hev1")
        if (const auto config = find_box(boxes, "hvcC")) return hevc_codec(entry.type, config->payload);
    return std::string(entry.type);
}

std::string audio_codec(const Mp4Box& entry) {
    if (entry.type == "Opus") return "opus";
    if (entry.type != "mp4a") return std::string(entry.type);
    const std::string_view boxes = entry.payload.substr(std::min(entry.payload.size(), kAudioEntryBytes));
    const auto esds = find_box(boxes, "esds");
    return esds ? aac_codec(esds->payload) : "mp4a.40.2";
}

std::optional<Mp4Box> sample_entry(std::string_view media) {
    const auto info = find_box(media, "minf");
    const auto table = info ? find_box(info->payload, "stbl") : std::nullopt;
    const auto descriptions = table ? find_box(table->payload, "stsd") : std::nullopt;
    if (!descriptions || descriptions->payload.size() < 8) return std::nullopt;
    return Mp4Boxes(descriptions->payload.substr(8)).next();
}

InitTrack read_track(std::string_view track) {
    const auto header = find_box(track, "tkhd");
    const auto media = find_box(track, "mdia");
    const auto handler = media ? find_box(media->payload, "hdlr") : std::nullopt;
    const auto entry = media ? sample_entry(media->payload) : std::nullopt;
    if (!header || !handler || !entry) refuse("a track lacks its boxes");
    InitTrack read;
    const bool long_times = byte_at(header->payload, 0) == 1;  // version 1: times of 64 bits
    read.id = read_u32(header->payload, long_times ? 20 : 12);
    if (read.id == 0) refuse("a track has no id");
    const std::string_view kind = handler->payload.size() >= 12 ? handler->payload.substr(8, 4) : std::string_view();
    if (kind == "vide") {
        read.kind = InitTrack::Kind::kVideo;
        read.codec = video_codec(*entry);
        read.width = read_u16(entry->payload, 24);
        read.height = read_u16(entry->payload, 26);
    } else if (kind == "soun") {
        read.kind = InitTrack::Kind::kAudio;
        read.codec = audio_codec(*entry);
    }
    const auto printable = [](char c) { return c > ' ' && c < '\x7F' && c != '"' && c != ','; };
    if (!std::all_of(read.codec.begin(), read.codec.end(), printable)) refuse("a codec's name is malformed");
    return read;
}

}  // namespace

std::vector<InitTrack> parse_init(std::string_view init) {
    if (init.size() > kLargestInitBytes) refuse("it is too long");
    const auto type = find_box(init, "ftyp");
    const auto movie = find_box(init, "moov");
    if (!type || !movie) refuse("it lacks ftyp or moov");
    std::vector<InitTrack> tracks;
    Mp4Boxes boxes(movie->payload);
    while (const auto box = boxes.next()) {
        if (box->type != "trak") continue;
        if (tracks.size() >= kMostTracks) refuse("it has too many tracks");
        tracks.push_back(read_track(box->payload));
    }
    if (!boxes.complete()) refuse("its boxes are malformed");
    if (tracks.empty()) refuse("it has no track");
    return tracks;
}

std::string codecs_of(const std::vector<InitTrack>& tracks) {
    std::string text;
    for (const auto& track : tracks)
        if (!track.codec.empty()) text += (text.empty() ? "" : ",") + track.codec;
    return text;
}

}  // namespace gatehouse::mediamtx
