#include "fragment_writer.h"

#include <algorithm>
#include <numeric>

#include "init_section.h"

namespace gatehouse::mediad {
namespace {

using Box = BoxWriter::Box;

constexpr std::uint32_t kDefaultBaseIsMoof = 0x020000;
constexpr std::uint32_t kHasDefaultDuration = 0x08;
constexpr std::uint32_t kHasDefaultFlags = 0x20;

constexpr std::uint32_t kDataOffset = 0x01;
constexpr std::uint32_t kFirstSampleFlags = 0x04;
constexpr std::uint32_t kSampleDuration = 0x100;
constexpr std::uint32_t kSampleSize = 0x200;
constexpr std::uint32_t kSampleComposition = 0x800;

// sample_depends_on and sample_is_non_sync_sample, 8.8.3.1
constexpr std::uint32_t kIndependent = 0x02000000;
constexpr std::uint32_t kDependent = 0x01010000;

template <class Sample>
bool one_duration(std::span<const Sample> samples) {
    return std::all_of(samples.begin(), samples.end(),
                       [&](const Sample& s) { return s.duration == samples[0].duration; });
}

template <class Sample>
std::uint32_t total_bytes(std::span<const Sample> samples) {
    return std::accumulate(samples.begin(), samples.end(), 0U,
                           [](std::uint32_t sum, const Sample& s) { return sum + s.size_bytes; });
}

void write_tfhd(BoxWriter& out, std::uint32_t track, bool fixed, std::uint32_t duration, std::uint32_t sample_flags) {
    const Box box(out, "tfhd", 0, kDefaultBaseIsMoof | kHasDefaultFlags | (fixed ? kHasDefaultDuration : 0));
    out.u32(track);
    if (fixed) out.u32(duration);
    out.u32(sample_flags);
}

void write_tfdt(BoxWriter& out, std::uint64_t decode_time) {
    const Box box(out, "tfdt", 1, 0);
    out.u64(decode_time);
}

/// Returns where the data offset stands, to be filled in when the moof's size is known.
std::size_t write_video_trun(BoxWriter& out, std::span<const VideoSample> samples, bool fixed) {
    const bool reordered =
        std::any_of(samples.begin(), samples.end(), [](const VideoSample& s) { return s.composition != 0; });
    const bool key = samples[0].keyframe;
    const Box box(out, "trun", 1,
                  kDataOffset | kSampleSize | (key ? kFirstSampleFlags : 0) | (fixed ? 0 : kSampleDuration) |
                      (reordered ? kSampleComposition : 0));
    out.u32(static_cast<std::uint32_t>(samples.size()));
    const std::size_t offset_at = out.size();
    out.u32(0);
    if (key) out.u32(kIndependent);
    for (const VideoSample& s : samples) {
        if (!fixed) out.u32(s.duration);
        out.u32(s.size_bytes);
        if (reordered) out.u32(static_cast<std::uint32_t>(s.composition));
    }
    return offset_at;
}

std::size_t write_audio_trun(BoxWriter& out, std::span<const AudioSample> samples, bool fixed) {
    const Box box(out, "trun", 0, kDataOffset | kSampleSize | (fixed ? 0 : kSampleDuration));
    out.u32(static_cast<std::uint32_t>(samples.size()));
    const std::size_t offset_at = out.size();
    out.u32(0);
    for (const AudioSample& s : samples) {
        if (!fixed) out.u32(s.duration);
        out.u32(s.size_bytes);
    }
    return offset_at;
}

}  // namespace

std::span<const std::byte> FragmentWriter::write_head(const Contents& contents) {
    out_.clear();
    std::size_t video_offset_at = 0;
    std::size_t audio_offset_at = 0;
    {
        const Box moof(out_, "moof");
        {
            const Box mfhd(out_, "mfhd", 0, 0);
            out_.u32(contents.sequence);
        }
        {
            const bool fixed = one_duration(contents.video);
            const Box traf(out_, "traf");
            write_tfhd(out_, kVideoTrackId, fixed, contents.video[0].duration, kDependent);
            write_tfdt(out_, contents.video_decode_time);
            video_offset_at = write_video_trun(out_, contents.video, fixed);
        }
        if (!contents.audio.empty()) {
            const bool fixed = one_duration(contents.audio);
            const Box traf(out_, "traf");
            write_tfhd(out_, kAudioTrackId, fixed, contents.audio[0].duration, kIndependent);
            write_tfdt(out_, contents.audio_decode_time);
            audio_offset_at = write_audio_trun(out_, contents.audio, fixed);
        }
    }
    const std::uint32_t video_bytes = total_bytes(contents.video);
    const auto data_at = static_cast<std::uint32_t>(out_.size()) + 8;
    out_.patch_u32(video_offset_at, data_at);
    if (audio_offset_at != 0) out_.patch_u32(audio_offset_at, data_at + video_bytes);
    out_.u32(8 + video_bytes + total_bytes(contents.audio));
    out_.text("mdat");
    return out_.bytes();
}

}  // namespace gatehouse::mediad
