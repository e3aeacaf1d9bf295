#include "hls/av_join.h"

#include <gatehouse/error.h>

#include "hls/init_section.h"
#include "hls/mp4_box.h"

namespace gatehouse::mediamtx {
namespace {

constexpr std::uint32_t kBaseDataOffset = 0x000001;
constexpr std::uint32_t kDefaultBaseIsMoof = 0x020000;

[[noreturn]] void refuse(const char* why) {
    throw Error(ErrorCode::kBadUpstream, std::string("audio and video cannot be joined: ") + why);
}

void write_u32(std::string& bytes, std::size_t at, std::uint32_t value) {
    if (bytes.size() < 4 || at > bytes.size() - 4) refuse("a box is too short");
    for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(value >> (24 - 8 * i));
}

std::string box(std::string_view type, std::string_view payload) {
    std::string bytes(4, '\0');
    write_u32(bytes, 0, static_cast<std::uint32_t>(payload.size() + 8));
    bytes += type;
    return bytes += payload;
}

// A copy of a box in which the number at `offset` of its payload is another.
std::string patched(const Mp4Box& original, std::size_t offset, std::uint32_t value) {
    std::string bytes(original.whole);
    write_u32(bytes, original.whole.size() - original.payload.size() + offset, value);
    return bytes;
}

bool is_version_1(const Mp4Box& full_box) { return !full_box.payload.empty() && full_box.payload.front() == 1; }

// A container box in which the first box of a type is changed.
template <class Change>
std::string with_changed(const Mp4Box& container, std::string_view type, Change change) {
    std::string payload;
    bool changed = false;
    Mp4Boxes boxes(container.payload);
    while (const auto each = boxes.next()) {
        const bool chosen = !changed && each->type == type;
        payload += chosen ? change(*each) : std::string(each->whole);
        changed = changed || chosen;
    }
    if (!changed || !boxes.complete()) refuse("a box is missing or malformed");
    return box(container.type, payload);
}

Mp4Box need(std::string_view bytes, std::string_view type) {
    const auto found = find_box(bytes, type);
    if (!found) refuse("a box is missing");
    return *found;
}

void require_one(std::string_view init, InitTrack::Kind kind) {
    const auto tracks = parse_init(init);
    if (tracks.size() != 1 || tracks.front().kind != kind) refuse("an init section has other tracks than expected");
}

}  // namespace

std::string join_inits(std::string_view video_init, std::string_view audio_init, std::uint32_t audio_track_id) {
    require_one(video_init, InitTrack::Kind::kVideo);
    require_one(audio_init, InitTrack::Kind::kAudio);
    if (parse_init(video_init).front().id == audio_track_id) refuse("the video track has the id meant for audio");
    const Mp4Box audio_movie = need(audio_init, "moov");
    const std::string audio_track = with_changed(need(audio_movie.payload, "trak"), "tkhd", [&](const Mp4Box& header) {
        return patched(header, is_version_1(header) ? 20 : 12, audio_track_id);
    });
    const Mp4Box audio_defaults = need(need(audio_movie.payload, "mvex").payload, "trex");

    std::string movie;
    bool with_header = false, with_extends = false;
    Mp4Boxes boxes(need(video_init, "moov").payload);
    while (const auto each = boxes.next()) {
        if (each->type == "mvhd" && each->payload.size() >= 4) {
            movie += patched(*each, each->payload.size() - 4, audio_track_id + 1);  // next_track_ID is its last field
            with_header = true;
        } else if (each->type == "mvex") {
            movie += box("mvex", std::string(each->payload) + patched(audio_defaults, 4, audio_track_id));
            with_extends = true;
        } else {
            movie += each->whole;
            if (each->type == "trak") movie += audio_track;
        }
    }
    if (!with_header || !with_extends || !boxes.complete()) refuse("a box is missing or malformed");
    return std::string(need(video_init, "ftyp").whole) + box("moov", movie);
}

std::string renamed_fragments(std::string_view segment, std::uint32_t track_id) {
    std::string out;
    out.reserve(segment.size());
    Mp4Boxes boxes(segment);
    bool any = false, silent = false;
    while (const auto each = boxes.next()) {
        if (each->type == "mdat" && !silent) out += each->whole;
        if (each->type != "moof") continue;
        any = true;
        silent = !find_box(each->payload, "traf");
        if (silent) continue;
        out += with_changed(*each, "traf", [&](const Mp4Box& track) {
            return with_changed(track, "tfhd", [&](const Mp4Box& header) {
                const std::uint32_t flags = read_u32(header.payload, 0);
                if ((flags & kBaseDataOffset) != 0 || (flags & kDefaultBaseIsMoof) == 0)
                    refuse("a fragment does not address its data from its moof");
                return patched(header, 4, track_id);
            });
        });
    }
    if (!any || !boxes.complete()) refuse("a segment is malformed");
    return out;
}

}  // namespace gatehouse::mediamtx
