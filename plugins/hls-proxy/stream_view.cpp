#include "stream_view.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace gatehouse::hls {
namespace {

std::uint64_t mix(std::uint64_t x) noexcept {  // splitmix64
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

std::string quoted_hex(std::uint64_t value) {
    std::string text = "\"";
    for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(value >> shift) & 0xF];
    return text + '"';
}

// What it takes to keep a body: a file is kept as a whole.
std::uint64_t kept_bytes(const http::Body& body) {
    struct stat info {};
    if (!body.is_file() || ::fstat(body.file()->fd(), &info) != 0) return body.size();
    return static_cast<std::uint64_t>(info.st_size);
}

std::shared_ptr<const http::Entity> playlist_entity(std::string text) {
    http::Entity::Options options;
    options.content_type = "application/vnd.apple.mpegurl";
    options.etag = http::etag_of(text);
    options.cache_control = "no-cache";
    return http::Entity::make(std::move(options), http::Body::text(std::move(text)));
}

}  // namespace

std::uint64_t public_run_id(std::uint64_t epoch, std::uint64_t run_id, std::string_view init) noexcept {
    std::uint64_t hash = mix(mix(epoch) ^ run_id);
    for (const char c : init) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return mix(hash);
}

std::shared_ptr<const http::Entity> media_entity(http::Body body, bool is_public, std::uint64_t tag,
                                                 MediaContainer container) {
    http::Entity::Options options;
    options.content_type = container == MediaContainer::kMpegTs ? "video/mp2t" : "video/mp4";
    options.etag = quoted_hex(tag);
    options.cache_control = is_public ? "public, max-age=3600, immutable" : "private, max-age=3600, immutable";
    options.accept_ranges = true;
    return http::Entity::make(std::move(options), std::move(body));
}

bool StreamView::take(const MediaWindow& window, SequenceState& state) {
    changed_at_ = window.changed_at;
    bandwidth_bps_ = window.bandwidth_bps;
    std::vector<EngineSegment> engine_segments;
    engine_segments.reserve(window.segments.size());
    for (const auto& s : window.segments)
        engine_segments.push_back({s.number, s.run_id, s.gap_before, s.start.us, s.duration_us});
    if (numbers_restarted(state, window.epoch, engine_segments)) clear();  // its names mean other bytes now
    const auto before = std::pair(state.epoch, state.next_media_sequence);
    const auto numbers = number_segments(state, window.epoch, engine_segments);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (!numbers[i]) continue;
        const std::uint64_t newest = segments_.empty() ? 0 : segments_.back().in_playlist.media_sequence;
        if (!segments_.empty() && numbers[i]->media_sequence <= newest) continue;
        if (!segments_.empty() && numbers[i]->media_sequence != newest + 1) segments_.clear();
        append(window, window.segments[i], *numbers[i]);
    }
    trim(window);
    return before != std::pair(state.epoch, state.next_media_sequence);
}

const StreamView::Run& StreamView::run_of(const MediaWindow& window, std::uint64_t run_id) {
    for (const auto& run : runs_)
        if (run.epoch == window.epoch && run.run->id == run_id) return run;
    Run made;
    for (const auto& run : window.runs)
        if (run->id == run_id) made.run = run;
    if (!made.run) made.run = std::make_shared<const MediaRun>(MediaRun{run_id, {}, {}, 0, 0, 0, {}});
    made.epoch = window.epoch;
    made.public_id = public_run_id(window.epoch, run_id, made.run->init.memory());
    made.init = {nullptr, run_id, 0, made.public_id, made.public_id, made.run->container};
    runs_.push_back(std::move(made));
    return runs_.back();
}

void StreamView::append(const MediaWindow& window, const MediaSegment& segment, const SequenceNumbers& numbers) {
    const Run& run = run_of(window, segment.run_id);
    const MediaContainer container = run.run->container;
    // A playlist cannot take back an EXT-X-MAP.
    if (!segments_.empty() && segments_.back().file.container != container) segments_.clear();
    Segment made;
    made.in_playlist = {numbers.media_sequence, numbers.discontinuity, run.public_id, run.run->target_duration_s,
                        segment.duration_us,    segment.start,         container};
    made.file = {nullptr,  segment.run_id, segment.number, run.public_id, mix(run.public_id) ^ segment.number,
                 container};
    made.epoch = window.epoch;
    made.body = segment.body;
    segments_.push_back(std::move(made));
}

std::vector<PlaylistSegment> StreamView::playlist_segments() const {
    std::vector<PlaylistSegment> out;
    out.reserve(segments_.size());
    for (const auto& s : segments_) out.push_back(s.in_playlist);
    return out;
}

void StreamView::trim(const MediaWindow& window) {
    const auto all = playlist_segments();
    std::size_t begin = playlist_begin(all, options_.playlist_us, options_.keep.count() * 1'000);
    while (begin-- > 0) {
        const bool in_window = segments_.front().epoch == window.epoch && !window.segments.empty() &&
                               segments_.front().file.number >= window.segments.front().number;
        if (in_window) break;
        segments_.pop_front();
    }
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(first_that_fits()));
    std::erase_if(runs_, [this](const Run& run) {
        return std::none_of(segments_.begin(), segments_.end(),
                            [&](const Segment& s) { return s.in_playlist.public_run_id == run.public_id; });
    });
}

std::size_t StreamView::first_that_fits() const {
    std::uint64_t bytes = 0;
    for (std::size_t i = segments_.size(); i > 0; --i) {
        const http::Body& body = segments_[i - 1].body;
        const bool is_newest = i == segments_.size();
        const bool counted = !is_newest && body.is_file() && segments_[i].body.file() == body.file();
        if (!counted) bytes += kept_bytes(body);
        if (!is_newest && (bytes > kMostBytes || segments_.size() - i >= kMostSegments)) return i;
    }
    return 0;
}

void StreamView::make_entities(bool is_public) {
    const bool all = entities_public_ != is_public;
    entities_public_ = is_public;
    for (auto& run : runs_)
        if ((all || !run.init.entity) && run.run->init.size() > 0)
            run.init.entity = media_entity(run.run->init, is_public, run.init.tag);
    for (auto& s : segments_)
        if ((all || !s.file.entity) && s.body.size() > 0)
            s.file.entity = media_entity(s.body, is_public, s.file.tag, s.file.container);
}

Variant StreamView::variant(std::size_t begin) const {
    Variant v;
    v.role = role_;
    v.codecs = runs_.back().run->codecs;
    v.width = runs_.back().run->width;
    v.height = runs_.back().run->height;
    v.bandwidth_bps = bandwidth_bps_;
    double bytes = 0, us = 0;
    for (std::size_t i = begin; i < segments_.size(); ++i) {
        bytes += static_cast<double>(segments_[i].body.size());
        us += static_cast<double>(segments_[i].in_playlist.duration_us);
    }
    if (us > 0) v.average_bandwidth_bps = std::min(static_cast<std::int64_t>(bytes * 8e6 / us), v.bandwidth_bps);
    return v;
}

void StreamView::clear() {
    segments_.clear();
    runs_.clear();
}

std::shared_ptr<const PublishedStream> StreamView::publish(bool is_public, MonotonicTime now) {
    if (segments_.empty()) return nullptr;
    const auto longest = std::chrono::seconds(segments_.back().in_playlist.target_duration_s);
    const MonotonicTime shown_until = changed_at_ + options_.keep + longest;
    if (now > shown_until) {
        clear();
        return nullptr;
    }
    make_entities(is_public);
    const auto all = playlist_segments();
    const std::size_t begin = playlist_begin(all, options_.playlist_us, options_.keep.count() * 1'000);
    auto made = std::make_shared<PublishedStream>();
    made->playlist = playlist_entity(media_playlist(role_, std::span(all).subspan(begin)));
    made->variant = variant(begin);
    made->first_media_sequence = all.front().media_sequence;
    for (const auto& s : segments_) made->segments.push_back(s.file);
    for (const auto& run : runs_) made->inits.emplace_back(run.public_id, run.init);
    made->shown_until = shown_until;
    return made;
}

}  // namespace gatehouse::hls
