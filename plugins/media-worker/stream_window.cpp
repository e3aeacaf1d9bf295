#include "stream_window.h"

#include <algorithm>
#include <utility>

namespace gatehouse::media_worker {
namespace {

constexpr std::uint32_t kHighestTimescale = 10'000'000;
constexpr std::int64_t kLongestFragmentUs = 60'000'000;
constexpr std::uint32_t kLargestFragmentBytes = 32u << 20;
constexpr std::chrono::seconds kSettle{1};
// A segment this short says little about the bit rate.
constexpr std::int64_t kShortestMeasuredUs = 1'000'000;

// The run of a playlist: the worker's run, and the target duration it was given (RFC 8216, 4.3.3.1: it must not
// change). Both are facts of the media, so that the id is the same after a restart of the gateway.
std::uint64_t public_run_id(std::uint64_t worker_run, int target_s) {
    return worker_run * 256 + static_cast<std::uint64_t>(target_s);
}

int rounded_seconds(std::int64_t us) { return static_cast<int>((us + 500'000) / 1'000'000); }

std::int64_t bits_per_second(const MediaSegment& s) {
    if (s.duration_us <= 0) return 0;
    return static_cast<std::int64_t>(static_cast<double>(s.body.size()) * 8e6 / static_cast<double>(s.duration_us));
}

std::int64_t peak_bandwidth(const std::vector<MediaSegment>& segments) {
    std::int64_t peak = 0, peak_of_short = 0;
    for (const auto& s : segments)
        (s.duration_us >= kShortestMeasuredUs ? peak : peak_of_short) =
            std::max(s.duration_us >= kShortestMeasuredUs ? peak : peak_of_short, bits_per_second(s));
    return peak > 0 ? peak : peak_of_short;
}

// A replay brings what ended long before it comes.
MonotonicTime end_of(const FragmentFact& fragment, Moment now) {
    const auto age = now.utc - (UtcTime{fragment.start_us} + std::chrono::microseconds{fragment.duration_us});
    return now.monotonic - std::clamp<std::chrono::microseconds>(age, std::chrono::seconds{0}, std::chrono::hours{24});
}

}  // namespace

void StreamWindow::begin_replay(std::uint64_t epoch) {
    builder_.reset();
    runs_.clear();
    chunks_.clear();
    gone_.clear();
    last_fragment_.reset();
    if (epoch == epoch_) return;
    epoch_ = epoch;
    segments_.clear();
    media_runs_.clear();
    current_run_.reset();
    last_published_.reset();
}

StreamWindow::Refusal StreamWindow::run_begin(const media_protocol::RunBegin& run) {
    if (run.timescale == 0 || run.timescale > kHighestTimescale) return "a run with an impossible time scale";
    if (run.init_section.empty()) return "a run without its init section";
    if (run.width > 65'535 || run.height > 65'535) return "a run with an impossible picture size";
    if (run.run_id >= std::uint64_t{1} << 48) return "a run with an impossible number";
    if (runs_.size() >= kMostRuns) runs_.erase(runs_.begin());
    const auto* bytes = static_cast<const char*>(static_cast<const void*>(run.init_section.data()));
    Run& entry = runs_[run.run_id];
    entry.timescale = run.timescale;
    entry.codecs = run.video_codec + (run.audio_codec.empty() ? "" : "," + run.audio_codec);
    entry.width = static_cast<int>(run.width);
    entry.height = static_cast<int>(run.height);
    entry.init = http::Body::text(std::string(bytes, run.init_section.size()));
    return std::nullopt;
}

StreamWindow::Refusal StreamWindow::chunk(const media_protocol::Chunk& chunk, UniqueFd fd) {
    std::string why;
    auto file = ChunkFile::accept(std::move(fd), why);
    if (!file) return why;
    if (chunks_.size() >= kMostChunks) chunks_.erase(chunks_.begin());
    chunks_[chunk.chunk_id] = std::move(file);
    return std::nullopt;
}

StreamWindow::Refusal StreamWindow::fragment(const media_protocol::Fragment& f, Moment now) {
    const auto run = runs_.find(f.run_id);
    if (run == runs_.end()) return "a fragment of an unknown run";
    const auto chunk = chunks_.find(f.chunk_id);
    if (chunk == chunks_.end()) return "a fragment of an unknown chunk";
    if (last_fragment_ && f.number <= *last_fragment_) return "a fragment whose number does not rise";
    if (f.size_bytes == 0 || f.size_bytes > kLargestFragmentBytes) return "a fragment of an impossible size";
    if (!chunk->second->holds(f.offset_bytes, f.size_bytes)) return "a fragment that lies outside its chunk";
    const auto duration_us = static_cast<std::int64_t>(std::uint64_t{f.duration} * 1'000'000 / run->second.timescale);
    if (duration_us <= 0 || duration_us > kLongestFragmentUs) return "a fragment of an impossible duration";
    last_fragment_ = f.number;
    last_fragment_at_ = now.monotonic;
    const FragmentFact fact{f.run_id,    f.chunk_id,     f.offset_bytes, f.size_bytes, f.number,
                            duration_us, f.wallclock_us, f.keyframe,     f.ends_gop};
    const MonotonicTime ended_before = ended_at_;
    // However far the gateway's clock steps, a fragment did not end before the one before it.
    ended_at_ = std::max(ended_at_, end_of(fact, now));
    for (const auto& built : builder_.add(fact))
        publish(built, built.last_number == fact.number ? ended_at_ : ended_before);
    return std::nullopt;
}

void StreamWindow::chunk_gone(std::uint64_t chunk_id) {
    if (!chunks_.contains(chunk_id)) return;
    for (auto& held : segments_)
        if (held.chunk_id == chunk_id) held.chunk_gone = true;
    gone_.insert(chunk_id);
    drop_gone_chunks();
}

void StreamWindow::drop_gone_chunks() {
    std::erase_if(gone_, [this](std::uint64_t id) {
        if (builder_.pending() && builder_.pending()->chunk_id == id) return false;
        chunks_.erase(id);
        return true;
    });
}

void StreamWindow::set_live(bool live) {
    // While a replay is under way the state comes before the fragments; tick() ends what they leave unfinished.
    if (!live && live_)
        if (const auto built = builder_.finish()) publish(*built, ended_at_);
    if (live == live_) return;
    live_ = live;
    if (window_) rebuild_window();
}

void StreamWindow::disconnected() {
    builder_.reset();
    if (!std::exchange(live_, false)) return;
    if (window_) rebuild_window();
}

void StreamWindow::tick(Moment now) {
    if (live_) return;
    if (builder_.pending() && now.monotonic - last_fragment_at_ >= kSettle)
        if (const auto built = builder_.finish()) publish(*built, ended_at_);
    if (!window_ || now.monotonic - window_->changed_at < kForget) return;
    segments_.clear();
    window_.reset();
}

std::shared_ptr<const MediaRun> StreamWindow::run_for(const BuiltSegment& built) {
    const int seconds = std::clamp(rounded_seconds(built.duration_us), 2, 255);
    if (current_run_ && current_worker_run_ == built.run_id && seconds <= current_run_->target_duration_s)
        return current_run_;
    const Run& run = runs_.at(built.run_id);
    auto made = std::make_shared<MediaRun>();
    made->id = public_run_id(built.run_id, seconds);
    made->init = run.init;
    made->codecs = run.codecs;
    made->width = run.width;
    made->height = run.height;
    made->target_duration_s = seconds;
    current_worker_run_ = built.run_id;
    current_run_ = std::move(made);
    media_runs_.push_back(current_run_);
    return current_run_;
}

void StreamWindow::publish(const BuiltSegment& built, MonotonicTime ended_at) {
    if (last_published_ && built.number <= *last_published_) return;  // a replay brought it again
    const auto chunk = chunks_.find(built.chunk_id);
    if (chunk == chunks_.end() || !runs_.contains(built.run_id)) return;
    const bool same_run = current_run_ && current_worker_run_ == built.run_id;
    MediaSegment segment;
    segment.run_id = run_for(built)->id;
    segment.number = built.number;
    segment.duration_us = built.duration_us;
    segment.start = UtcTime{built.start_us};
    segment.gap_before = same_run && last_published_ && built.number != *last_published_ + 1;
    segment.body = http::Body::file(chunk->second->file(), built.offset_bytes, built.size_bytes);
    segments_.push_back({std::move(segment), built.chunk_id, false});
    last_published_ = built.last_number;
    changed_at_ = ended_at;
    drop_gone_chunks();
    trim();
    rebuild_window();
}

void StreamWindow::trim() {
    std::int64_t total_us = 0;
    for (const auto& held : segments_) total_us += held.segment.duration_us;
    while (segments_.size() > kFewestSegments) {
        const std::int64_t rest_us = total_us - segments_.front().segment.duration_us;
        const bool long_enough = rest_us >= (segments_.front().chunk_gone ? kWindowUs * 3 / 4 : kWindowUs);
        if (!long_enough && segments_.size() <= kMostSegments) break;
        total_us = rest_us;
        segments_.pop_front();
    }
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(first_that_fits()));
    std::erase_if(media_runs_, [this](const auto& run) {
        return run != current_run_ && std::none_of(segments_.begin(), segments_.end(),
                                                   [&](const Held& held) { return held.segment.run_id == run->id; });
    });
}

std::size_t StreamWindow::first_that_fits() const {
    std::uint64_t bytes = 0;
    for (std::size_t i = segments_.size(); i > 0; --i) {
        const auto& file = segments_[i - 1].segment.body.file();
        // A segment keeps its whole chunk in memory, the segments of a chunk stand side by side.
        const bool counted = i < segments_.size() && segments_[i].segment.body.file() == file;
        if (!counted) bytes += ChunkFile::size_of(*file);
        if (bytes > kMostBytes && i < segments_.size()) return i;
    }
    return 0;
}

void StreamWindow::rebuild_window() {
    auto made = std::make_shared<MediaWindow>();
    if (segments_.empty()) {  // nothing of the new epoch yet: the old window, not live
        *made = *window_;
        made->live = false;
        window_ = std::move(made);
        return;
    }
    made->epoch = epoch_;
    made->runs = media_runs_;
    made->segments.reserve(segments_.size());
    for (const auto& held : segments_) made->segments.push_back(held.segment);
    made->bandwidth_bps = peak_bandwidth(made->segments);
    made->changed_at = changed_at_;
    made->live = live_;
    window_ = std::move(made);
}

}  // namespace gatehouse::media_worker
