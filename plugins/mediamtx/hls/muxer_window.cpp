#include "hls/muxer_window.h"

#include <algorithm>
#include <utility>

namespace gatehouse::mediamtx {
namespace {

std::uint64_t hash_of(std::string_view text, std::uint64_t seed) noexcept {  // FNV-1a, then splitmix64
    std::uint64_t x = 0xcbf29ce484222325 ^ seed;
    for (const char c : text) x = (x ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9;
    x ^= x >> 27;
    x *= 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

std::int64_t bandwidth_of(const MediaSegment& segment) {
    if (segment.duration_us <= 0) return 0;
    return static_cast<std::int64_t>(static_cast<double>(segment.body.size()) * 8e6 /
                                     static_cast<double>(segment.duration_us));
}

}  // namespace

std::string_view stem_of(std::string_view uri) noexcept {
    const auto dot = uri.rfind('.');
    std::string_view stem = dot == std::string_view::npos ? uri : uri.substr(0, dot);
    while (!stem.empty() && stem.back() >= '0' && stem.back() <= '9') stem.remove_suffix(1);
    return stem;
}

MuxerWindow::MuxerWindow(std::string_view path_name, std::string_view stem, std::uint64_t life)
    : stem_(stem), epoch_(hash_of(std::string(path_name) + '\n' + std::string(stem), life)) {}

std::uint64_t MuxerWindow::run_id(std::string_view map_uri) noexcept {
    return std::max<std::uint64_t>(hash_of(map_uri, 1), 1);
}

const MediaRun* MuxerWindow::run(std::string_view map_uri) const noexcept {
    const std::uint64_t id = run_id(map_uri);
    for (const auto& each : runs_)
        if (each->id == id) return each.get();
    return nullptr;
}

void MuxerWindow::add_run(MediaRun run) { runs_.push_back(std::make_shared<const MediaRun>(std::move(run))); }

void MuxerWindow::add_segment(const ListedSegment& listed, UtcTime start, http::Body body) {
    MediaSegment segment;
    segment.run_id = run_id(listed.map_uri);
    segment.number = listed.sequence + 1;  // 0 names the init section
    segment.duration_us = listed.duration_us;
    segment.start = start;
    segment.gap_before = last_added_ && (listed.discontinuity || *last_added_ + 1 != listed.sequence);
    segment.body = std::move(body);
    held_.push_back({listed.sequence, std::move(segment)});
    last_sequence_ = last_added_ = listed.sequence;
}

void MuxerWindow::trim(std::uint64_t first_sequence, std::size_t limit_bytes) {
    std::uint64_t bytes = 0;
    for (const auto& each : held_) bytes += each.segment.body.size();
    while (held_.size() > 1 && (held_.front().sequence < first_sequence || bytes > limit_bytes)) {
        bytes -= held_.front().segment.body.size();
        held_.pop_front();
    }
    std::erase_if(runs_, [this](const auto& run) {
        return run != runs_.back() && std::none_of(held_.begin(), held_.end(),
                                                   [&](const Held& each) { return each.segment.run_id == run->id; });
    });
}

std::shared_ptr<const MediaWindow> MuxerWindow::window(MonotonicTime changed_at, bool live) const {
    auto made = std::make_shared<MediaWindow>();
    made->epoch = epoch_;
    made->runs = runs_;
    made->segments.reserve(held_.size());
    for (const auto& each : held_) {
        made->segments.push_back(each.segment);
        made->bandwidth_bps = std::max(made->bandwidth_bps, bandwidth_of(each.segment));
    }
    made->changed_at = changed_at;
    made->live = live;
    return made;
}

std::vector<UtcTime> starts_of(const std::vector<ListedSegment>& segments, UtcTime now) {
    std::vector<UtcTime> starts(segments.size());
    if (segments.empty()) return starts;
    const auto stamped =
        std::find_if(segments.begin(), segments.end(), [](const auto& s) { return s.start.has_value(); });
    std::size_t known = segments.size() - 1;
    if (stamped != segments.end()) {
        known = static_cast<std::size_t>(stamped - segments.begin());
        starts[known] = *stamped->start;
    } else {
        starts[known] = {now.us - segments[known].duration_us};
    }
    for (std::size_t i = known; i-- > 0;) starts[i] = {starts[i + 1].us - segments[i].duration_us};
    for (std::size_t i = known + 1; i < segments.size(); ++i)
        starts[i] = segments[i].start.value_or(UtcTime{starts[i - 1].us + segments[i - 1].duration_us});
    return starts;
}

}  // namespace gatehouse::mediamtx
