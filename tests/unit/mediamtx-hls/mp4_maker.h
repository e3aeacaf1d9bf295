// Boxes of fragmented MP4 for tests, as small as they may be.
#pragma once

#include <cstdint>
#include <string>

namespace gatehouse::mediamtx::test {

inline std::string u32(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
    return bytes;
}
inline std::string box(const std::string& type, const std::string& payload) {
    return u32(static_cast<std::uint32_t>(payload.size() + 8)) + type + payload;
}
inline std::string zeros(std::size_t count) { return std::string(count, '\0'); }

inline std::string video_entry(const std::string& type, const std::string& boxes) {
    return box(type, zeros(78) + boxes);
}
inline std::string audio_entry(const std::string& type, const std::string& boxes) {
    return box(type, zeros(28) + boxes);
}

inline std::string init(const std::string& handler, const std::string& entry, std::uint32_t track = 1) {
    const std::string stsd = box("stsd", zeros(4) + u32(1) + entry);
    const std::string media = box("mdia", box("hdlr", zeros(8) + handler + zeros(13)) + box("minf", box("stbl", stsd)));
    const std::string trak = box("trak", box("tkhd", zeros(12) + u32(track) + zeros(68)) + media);
    const std::string extends = box("mvex", box("trex", zeros(4) + u32(track) + zeros(16)));
    return box("ftyp", "isom") + box("moov", box("mvhd", zeros(96) + u32(track + 1)) + trak + extends);
}
inline std::string audio_init() {
    const std::string esds = zeros(4) + std::string("\x03\x80\x80\x80\x22\x00\x00\x00\x04\x80\x80\x80\x14", 13) +
                             zeros(13) + std::string("\x05\x80\x80\x80\x02\x11\x90", 7);
    return init("soun", audio_entry("mp4a", box("esds", esds)));
}
inline std::string video_init() {
    return init("vide", video_entry("avc1", box("avcC", std::string("\x01\x4d\x40\x1e", 4))));
}

// As gohlslib makes it of a track that was silent.
inline std::string silent_fragment() { return box("moof", box("mfhd", zeros(8))) + box("mdat", ""); }

inline std::string fragment(std::uint32_t track, const std::string& data, std::uint32_t flags = 0x020000) {
    return box("moof",
               box("mfhd", zeros(8)) + box("traf", box("tfhd", u32(flags) + u32(track)) + box("trun", zeros(8)))) +
           box("mdat", data);
}

}  // namespace gatehouse::mediamtx::test
