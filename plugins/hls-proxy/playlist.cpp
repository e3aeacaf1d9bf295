#include "playlist.h"

#include <algorithm>
#include <cstdio>

#include "file_name.h"

namespace gatehouse::hls {
namespace {

constexpr std::size_t kFewestSegments = 3;
constexpr int kTargetDurations = 4;

void append_duration(std::string& out, std::int64_t us) {
    char text[32];
    const int size = std::snprintf(text, sizeof text, "%lld.%06lld", static_cast<long long>(us / 1'000'000),
                                   static_cast<long long>(us % 1'000'000));
    out.append(text, static_cast<std::size_t>(size));
}

void append_line(std::string& out, std::string_view tag, std::uint64_t value) {
    out += tag;
    out += std::to_string(value);
    out += '\n';
}

int longest_target(std::span<const PlaylistSegment> segments) {
    int most = 0;
    for (const auto& s : segments) {
        const auto rounded = static_cast<int>((s.duration_us + 500'000) / 1'000'000);
        most = std::max({most, s.target_duration_s, rounded});
    }
    return most;
}

bool interrupted(const PlaylistSegment& before, const PlaylistSegment& after, std::int64_t longest_gap_us) {
    return after.start.us - (before.start.us + before.duration_us) > longest_gap_us;
}

}  // namespace

std::string media_playlist(StreamRole role, std::span<const PlaylistSegment> segments) {
    if (segments.empty()) return {};
    std::string out;
    out.reserve(256 + segments.size() * 128);
    out += "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n";
    append_line(out, "#EXT-X-TARGETDURATION:", static_cast<std::uint64_t>(longest_target(segments)));
    append_line(out, "#EXT-X-MEDIA-SEQUENCE:", segments.front().media_sequence);
    append_line(out, "#EXT-X-DISCONTINUITY-SEQUENCE:", segments.front().discontinuity);
    const PlaylistSegment* before = nullptr;
    for (const auto& s : segments) {
        const bool discontinuity = before != nullptr && before->discontinuity != s.discontinuity;
        if (discontinuity) out += "#EXT-X-DISCONTINUITY\n";
        const bool has_init = s.container == MediaContainer::kFragmentedMp4;
        if (has_init && (before == nullptr || discontinuity || before->public_run_id != s.public_run_id))
            out += "#EXT-X-MAP:URI=\"" + init_name(role, s.public_run_id) + "\"\n";
        out += "#EXT-X-PROGRAM-DATE-TIME:" + to_iso8601(s.start) + "\n#EXTINF:";
        append_duration(out, s.duration_us);
        out += ",\n" + segment_name(role, s.media_sequence, s.container) + "\n";
        before = &s;
    }
    return out;
}

std::size_t playlist_begin(std::span<const PlaylistSegment> segments, std::int64_t goal_us,
                           std::int64_t longest_gap_us) {
    std::size_t begin = segments.size();
    std::int64_t total_us = 0;
    std::int64_t wanted_us = goal_us;
    while (begin > 0) {
        if (begin < segments.size() && interrupted(segments[begin - 1], segments[begin], longest_gap_us)) break;
        if (segments.size() - begin >= kFewestSegments && total_us >= wanted_us) break;
        --begin;
        total_us += segments[begin].duration_us;
        wanted_us = std::max(wanted_us, std::int64_t{kTargetDurations} * segments[begin].target_duration_s * 1'000'000);
    }
    return begin;
}

std::string multivariant_playlist(std::span<const Variant> variants) {
    std::string out = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n";
    for (const auto& v : variants) {
        out += "#EXT-X-STREAM-INF:BANDWIDTH=" + std::to_string(std::max<std::int64_t>(v.bandwidth_bps, 1));
        if (v.average_bandwidth_bps > 0) out += ",AVERAGE-BANDWIDTH=" + std::to_string(v.average_bandwidth_bps);
        if (!v.codecs.empty()) out += ",CODECS=\"" + v.codecs + "\"";
        if (v.width > 0 && v.height > 0)
            out += ",RESOLUTION=" + std::to_string(v.width) + "x" + std::to_string(v.height);
        out += "\n" + playlist_name(v.role) + "\n";
    }
    return out;
}

}  // namespace gatehouse::hls
