#include "init_section.h"

#include <array>

#include "box_writer.h"

namespace gatehouse::mediad {
namespace {

using Box = BoxWriter::Box;

void write_ftyp(BoxWriter& out) {
    const Box box(out, "ftyp");
    out.text("iso6");
    out.u32(1);
    out.text("iso6cmfcmp41");
}

void write_matrix(BoxWriter& out) {
    for (const std::uint32_t v : {0x10000U, 0U, 0U, 0U, 0x10000U, 0U, 0U, 0U, 0x40000000U}) out.u32(v);
}

void write_mvhd(BoxWriter& out) {
    const Box box(out, "mvhd", 0, 0);
    out.zeros(8);
    out.u32(1000);
    out.u32(0);
    out.u32(0x10000);  // rate
    out.u16(0x100);    // volume
    out.zeros(10);
    write_matrix(out);
    out.zeros(24);
    out.u32(kAudioTrackId + 1);
}

void write_tkhd(BoxWriter& out, std::uint32_t id, std::uint32_t width, std::uint32_t height, std::uint16_t volume) {
    const Box box(out, "tkhd", 0, 7);
    out.zeros(8);
    out.u32(id);
    out.zeros(4 + 4 + 8 + 4);
    out.u16(volume);
    out.zeros(2);
    write_matrix(out);
    out.u32(width << 16);
    out.u32(height << 16);
}

void write_mdhd(BoxWriter& out, std::uint32_t timescale) {
    const Box box(out, "mdhd", 0, 0);
    out.zeros(8);
    out.u32(timescale);
    out.u32(0);
    out.u16(0x55C4);  // "und"
    out.zeros(2);
}

void write_hdlr(BoxWriter& out, std::string_view kind, std::string_view name) {
    const Box box(out, "hdlr", 0, 0);
    out.zeros(4);
    out.text(kind);
    out.zeros(12);
    out.text(name);
    out.zeros(1);
}

void write_dinf(BoxWriter& out) {
    const Box dinf(out, "dinf");
    const Box dref(out, "dref", 0, 0);
    out.u32(1);
    const Box url(out, "url ", 0, 1);
}

void write_video_entry(BoxWriter& out, const VideoConfig& video) {
    const bool h264 = video.codec == VideoCodec::h264;
    const Box entry(out, h264 ? "avc1" : "hvc1");
    out.zeros(6);
    out.u16(1);  // data reference
    out.zeros(16);
    out.u16(static_cast<std::uint16_t>(video.width));
    out.u16(static_cast<std::uint16_t>(video.height));
    out.u32(0x480000);  // 72 dpi
    out.u32(0x480000);
    out.zeros(4);
    out.u16(1);  // frame count
    out.zeros(32);
    out.u16(24);      // depth
    out.u16(0xFFFF);  // pre-defined
    const Box record(out, h264 ? "avcC" : "hvcC");
    out.raw(video.record);
}

void write_esds(BoxWriter& out, const AudioConfig& audio) {
    const auto asc = static_cast<std::uint8_t>(audio.record.size());  // audio_config_from_asc allows 64 at most
    const Box box(out, "esds", 0, 0);
    // ISO/IEC 14496-1, 7.2.6: ES, decoder config, decoder specific info, SL config.
    out.u8(3);
    out.u8(static_cast<std::uint8_t>(3 + 2 + 13 + 2 + asc + 3));
    out.u16(static_cast<std::uint16_t>(kAudioTrackId));
    out.u8(0);
    out.u8(4);
    out.u8(static_cast<std::uint8_t>(13 + 2 + asc));
    out.u8(0x40);  // MPEG-4 audio
    out.u8(0x15);  // audio stream
    out.zeros(3 + 4 + 4);
    out.u8(5);
    out.u8(asc);
    out.raw(audio.record);
    out.u8(6);
    out.u8(1);
    out.u8(2);
}

void write_audio_entry(BoxWriter& out, const AudioConfig& audio) {
    const Box entry(out, "mp4a");
    out.zeros(6);
    out.u16(1);
    out.zeros(8);
    out.u16(static_cast<std::uint16_t>(audio.channels == 0 ? 2 : audio.channels));
    out.u16(16);
    out.zeros(4);
    out.u32(audio.sample_rate < 65536 ? audio.sample_rate << 16 : 0);
    write_esds(out, audio);
}

/// The sample tables of a fragmented file are empty but present.
template <class Entry>
void write_stbl(BoxWriter& out, Entry entry) {
    const Box stbl(out, "stbl");
    {
        const Box stsd(out, "stsd", 0, 0);
        out.u32(1);
        entry();
    }
    for (const std::string_view table : {"stts", "stsc"}) {
        const Box box(out, table, 0, 0);
        out.u32(0);
    }
    {
        const Box box(out, "stsz", 0, 0);
        out.zeros(8);
    }
    const Box box(out, "stco", 0, 0);
    out.u32(0);
}

void write_video_track(BoxWriter& out, const VideoConfig& video) {
    const Box trak(out, "trak");
    write_tkhd(out, kVideoTrackId, video.width, video.height, 0);
    const Box mdia(out, "mdia");
    write_mdhd(out, kVideoTimescale);
    write_hdlr(out, "vide", "video");
    const Box minf(out, "minf");
    {
        const Box vmhd(out, "vmhd", 0, 1);
        out.zeros(8);
    }
    write_dinf(out);
    write_stbl(out, [&] { write_video_entry(out, video); });
}

void write_audio_track(BoxWriter& out, const AudioConfig& audio) {
    const Box trak(out, "trak");
    write_tkhd(out, kAudioTrackId, 0, 0, 0x100);
    const Box mdia(out, "mdia");
    write_mdhd(out, audio.sample_rate);
    write_hdlr(out, "soun", "audio");
    const Box minf(out, "minf");
    {
        const Box smhd(out, "smhd", 0, 0);
        out.zeros(4);
    }
    write_dinf(out);
    write_stbl(out, [&] { write_audio_entry(out, audio); });
}

void write_trex(BoxWriter& out, std::uint32_t id) {
    const Box box(out, "trex", 0, 0);
    out.u32(id);
    out.u32(1);
    out.zeros(12);
}

}  // namespace

std::vector<std::byte> make_init_section(const VideoConfig& video, const std::optional<AudioConfig>& audio) {
    BoxWriter out;
    write_ftyp(out);
    {
        const Box moov(out, "moov");
        write_mvhd(out);
        write_video_track(out, video);
        if (audio) write_audio_track(out, *audio);
        const Box mvex(out, "mvex");
        write_trex(out, kVideoTrackId);
        if (audio) write_trex(out, kAudioTrackId);
    }
    const auto bytes = out.bytes();
    return {bytes.begin(), bytes.end()};
}

}  // namespace gatehouse::mediad
