#include "fragment_maker.h"

#include <algorithm>

namespace gatehouse::mediad {
namespace {

constexpr std::int64_t kMaxFragmentTicks = kVideoTimescale;
constexpr std::int64_t kMaxSilenceTicks = 4 * std::int64_t{kVideoTimescale};
/// Sound further ahead of the picture is not placed. Less than the longest silence, since what overlaps it is dropped.
constexpr std::int64_t kMostAheadNs = 3'000'000'000;
constexpr std::size_t kMaxUnitBytes = 8 * 1024 * 1024;
constexpr std::size_t kMaxFragmentBytes = 8 * 1024 * 1024;
constexpr std::size_t kMaxFragmentSamples = 1000;

/// A 90 kHz clock that was written as nanoseconds (rounded down or to the nearest) comes back exactly.
std::int64_t to_ticks(std::int64_t ns) { return (ns * 9 + 50'000) / 100'000; }
std::int64_t to_ns(std::int64_t ticks) { return ticks * 100'000 / 9; }

template <class T>
void erase_front(std::vector<T>& items, std::size_t count) {
    items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

void FragmentMaker::set_video(VideoConfig config) {
    if (video_ == config) return;
    end_run();
    video_ = std::move(config);
}

void FragmentMaker::set_audio(AudioConfig config) {
    if (audio_ == config) return;
    if (with_audio_) end_run();
    audio_ = std::move(config);
    audio_samples_.clear();
    audio_bytes_.clear();
    sound_dts_.reset();
    sound_waits_ = false;
    audio_clock_.reset(audio_->sample_rate, audio_->samples_per_frame, to_ns(base_dts_));
}

void FragmentMaker::push(const AccessUnit& unit) {
    if (unit.bytes.empty()) return;
    if (unit.bytes.size() > kMaxUnitBytes) return end_run();
    if (unit.track == Track::video)
        push_video(unit);
    else
        push_audio(unit);
}

void FragmentMaker::push_video(const AccessUnit& unit) {
    if (!video_) return;
    const std::int64_t pts = unit.pts_ns == kNoTime ? last_pts_ + jumps_.interval_ticks() : to_ticks(unit.pts_ns);
    last_pts_ = pts;
    if (jumps_.jumps(pts)) {
        end_run();
        reorder_.forget_pictures();
    }
    reorder_.see(pts);
    anchor_.see_picture(to_ns(pts));
    if (in_run_ && pts < first_pts_) return;
    if (in_run_ && unit.keyframe && sound_has_changed()) end_run();
    if (!in_run_ && !begin_run(unit, pts)) return;
    auto dts = clock_.next(pts);
    if (!dts) {
        end_run();
        if (!begin_run(unit, pts)) return;
        dts = clock_.next(pts);
    }
    append_video(unit, pts, *dts);
}

bool FragmentMaker::begin_run(const AccessUnit& unit, std::int64_t pts) {
    if (!unit.keyframe) return false;
    const unsigned depth = video_->reorder_depth.value_or(reorder_.depth());
    clock_.reset(depth, jumps_.interval_ticks());
    in_run_ = true;
    announced_ = false;
    sequence_ = 0;
    first_pts_ = pts;
    base_dts_ = pts - static_cast<std::int64_t>(depth) * jumps_.interval_ticks();
    start_dts_ = base_dts_;
    run_started_us_ = unit.arrival_us;
    last_duration_ = 0;
    sound_waits_ = false;
    if (audio_) audio_clock_.reset(audio_->sample_rate, audio_->samples_per_frame, to_ns(base_dts_));
    return true;
}

/// Whether the run has to end at this keyframe because sound has begun or ended.
bool FragmentMaker::sound_has_changed() {
    if (!announced_) return false;
    if (!with_audio_) {
        if (sound_waits_) sound_heard_ = true;
        sound_absent_ = sound_absent_ && !sound_waits_;
        return sound_waits_;
    }
    if (last_dts_ - sound_dts_.value_or(base_dts_) <= kMaxSilenceTicks) return false;
    (sound_heard_ ? sound_left_out_ : sound_absent_) = true;
    return true;
}

bool FragmentMaker::fragment_is_full(std::int64_t dts, bool keyframe) const {
    const std::int64_t length = dts - start_dts_;
    return keyframe || length + last_duration_ > kMaxFragmentTicks || video_samples_.size() >= kMaxFragmentSamples ||
           video_bytes_.size() + audio_bytes_.size() >= kMaxFragmentBytes;
}

void FragmentMaker::append_video(const AccessUnit& unit, std::int64_t pts, std::int64_t dts) {
    if (!video_samples_.empty()) {
        last_duration_ = dts - last_dts_;
        video_samples_.back().duration = static_cast<std::uint32_t>(last_duration_);
        // The last picture lasted longer than was to be expected: it gets a fragment of its own.
        if (video_samples_.size() > 1 && dts - start_dts_ > kMaxFragmentTicks)
            cut(last_dts_, video_samples_.size() - 1, false);
        if (fragment_is_full(dts, unit.keyframe)) cut(dts, video_samples_.size(), unit.keyframe);
    }
    if (video_samples_.empty()) wallclock_us_ = unit.arrival_us;
    last_arrival_us_ = unit.arrival_us;
    last_dts_ = dts;
    VideoSample sample;
    sample.size_bytes = static_cast<std::uint32_t>(unit.bytes.size());
    sample.composition = static_cast<std::int32_t>(pts - dts);
    sample.keyframe = unit.keyframe;
    video_samples_.push_back(sample);
    video_bytes_.insert(video_bytes_.end(), unit.bytes.begin(), unit.bytes.end());
}

void FragmentMaker::push_audio(const AccessUnit& unit) {
    if (!audio_ || sound_left_out_) return;
    const std::int64_t pts_ns = anchor_.move(unit.pts_ns);
    if (!in_run_) return;
    if (sound_absent_ || (announced_ && !with_audio_)) {
        sound_waits_ = !anchor_.is_apart();
        return;
    }
    if (!sound_dts_ && anchor_.is_apart()) return;
    if (audio_samples_.size() >= kMaxFragmentSamples || audio_bytes_.size() + unit.bytes.size() > kMaxFragmentBytes)
        return;
    const auto position = audio_clock_.place(pts_ns, to_ns(last_pts_ + jumps_.interval_ticks()) + kMostAheadNs);
    if (!position) return;
    sound_dts_ = last_dts_;
    sound_heard_ = true;
    append_audio(unit, *position);
}

void FragmentMaker::append_audio(const AccessUnit& unit, std::uint64_t position) {
    if (audio_samples_.empty()) {
        audio_start_ = position;
    } else {
        // A hole lengthens the frame before it, so that the track's own clock stays right.
        std::uint64_t before = audio_start_;
        for (std::size_t i = 0; i + 1 < audio_samples_.size(); ++i) before += audio_samples_[i].duration;
        audio_samples_.back().duration = static_cast<std::uint32_t>(position - before);
    }
    audio_samples_.push_back({static_cast<std::uint32_t>(unit.bytes.size()), audio_->samples_per_frame});
    audio_bytes_.insert(audio_bytes_.end(), unit.bytes.begin(), unit.bytes.end());
}

/// How many of the pending audio frames begin before the cut.
std::size_t FragmentMaker::audio_until(std::int64_t end_dts) const {
    if (!audio_) return 0;
    const auto end = static_cast<std::uint64_t>(end_dts - base_dts_) * audio_->sample_rate / kVideoTimescale;
    std::uint64_t at = audio_start_;
    std::size_t count = 0;
    while (count < audio_samples_.size() && at < end) at += audio_samples_[count++].duration;
    return count;
}

void FragmentMaker::announce() {
    announced_ = true;
    with_audio_ = audio_ && !sound_left_out_ && !sound_absent_;
    std::optional<AudioConfig> audio;
    if (with_audio_) audio = audio_;
    sink_.run_begun({make_init_section(*video_, audio), video_->codec_string,
                     audio ? audio->codec_string : std::string(), video_->width, video_->height, run_started_us_});
}

void FragmentMaker::cut(std::int64_t end_dts, std::size_t video_count, bool ends_gop) {
    if (!announced_) announce();
    const std::size_t audio_count = audio_until(end_dts);
    std::size_t audio_size = 0;
    std::uint64_t audio_ticks = 0;
    for (std::size_t i = 0; i < audio_count; ++i) {
        audio_size += audio_samples_[i].size_bytes;
        audio_ticks += audio_samples_[i].duration;
    }
    std::size_t video_size = 0;
    for (std::size_t i = 0; i < video_count; ++i) video_size += video_samples_[i].size_bytes;
    FragmentWriter::Contents contents;
    contents.sequence = ++sequence_;
    contents.video_decode_time = static_cast<std::uint64_t>(start_dts_ - base_dts_);
    contents.video = std::span(video_samples_).first(video_count);
    contents.audio_decode_time = audio_start_;
    contents.audio = std::span(audio_samples_).first(audio_count);
    const std::array<std::span<const std::byte>, 3> parts{writer_.write_head(contents),
                                                          std::span(video_bytes_).first(video_size),
                                                          std::span(audio_bytes_).first(audio_size)};
    sink_.fragment_made({contents.video_decode_time, static_cast<std::uint32_t>(end_dts - start_dts_),
                         video_samples_[0].keyframe, wallclock_us_, static_cast<std::uint32_t>(video_count), ends_gop},
                        parts);
    erase_front(video_samples_, video_count);
    erase_front(video_bytes_, video_size);
    erase_front(audio_samples_, audio_count);
    erase_front(audio_bytes_, audio_size);
    audio_start_ += audio_ticks;
    start_dts_ = end_dts;
    wallclock_us_ = last_arrival_us_;
}

void FragmentMaker::end_run() {
    if (!video_samples_.empty()) {
        const std::int64_t last =
            last_duration_ > 0 ? last_duration_ : std::min(jumps_.interval_ticks(), kMaxFragmentTicks);
        video_samples_.back().duration = static_cast<std::uint32_t>(last);
        cut(last_dts_ + last, video_samples_.size(), true);
    }
    in_run_ = false;
    announced_ = false;
    with_audio_ = false;
    sound_dts_.reset();
    audio_samples_.clear();
    audio_bytes_.clear();
}

void FragmentMaker::end_source() {
    end_run();
    video_.reset();
    audio_.reset();
    jumps_.reset();
    reorder_.forget_pictures();
    anchor_.reset();
    sound_left_out_ = false;
    sound_absent_ = false;
    sound_heard_ = false;
    last_pts_ = 0;
}

}  // namespace gatehouse::mediad
