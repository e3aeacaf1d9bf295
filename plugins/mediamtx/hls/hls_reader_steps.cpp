// What a reader makes of good answers: from the index to a published window.
#include <gatehouse/error.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "hls/av_join.h"
#include "hls/hls_reader.h"
#include "hls/init_section.h"

namespace gatehouse::mediamtx {
namespace {

// Of a playlist that is new to us so many of the newest segments are taken over.
constexpr std::size_t kMostAtOnce = 16;
// Players jump over so much silence; from more on the pictures would stand still.
constexpr int kMostSilent = 2;
// Each time that sound ends and comes back costs players a moment: after so many it is left out.
constexpr int kMostEnds = 3;
// Of runs whose segments have gone so many are remembered.
constexpr std::size_t kMostRuns = 8;

}  // namespace

void HlsReader::take(Step step, HttpClientResponse response) {
    switch (step) {
        case Step::kIndex:
            return take_index(response.body);
        case Step::kPlaylist:
            return take_playlist(response.body);
        case Step::kAudioPlaylist:
            return take_audio_playlist(response.body);
        case Step::kInit:
            return take_init(std::move(response.body));
        case Step::kAudioInit:
            return take_audio_init(response.body);
        case Step::kAudioSegment:
            return take_audio_segment(response.body);
        case Step::kSegment:
            break;
    }
    if (queue_.empty() || !file_ || file_->size() == 0) throw Error(ErrorCode::kBadUpstream, "the segment is empty");
    const auto& listed = queue_.front().listed;
    const auto run = runs_.find(listed.map_uri);
    const auto audio = audio_.find(listed.sequence);
    if (run != runs_.end() && run->second.audio_track_id != 0 && !audio_refused_) {
        if (audio != audio_.end()) return ask(Step::kAudioSegment, audio->second.uri);
        note_silence(false);
    }
    finish_segment();
}

void HlsReader::take_index(const std::string& text) {
    index_ = parse_index(text);
    ask(Step::kPlaylist, index_->media_uri);
}

void HlsReader::take_playlist(const std::string& text) {
    const MediaPlaylist playlist = parse_media(text);
    const auto at = now();
    choose(playlist);
    if (queue_.empty()) {
        clock_.unchanged(at);
        return batch_done();
    }
    const ListedSegment& newest = playlist.segments.back();
    std::optional<UtcTime> newest_end;
    if (newest.start) newest_end = *newest.start + std::chrono::microseconds(newest.duration_us);
    clock_.changed(at, newest_end, newest.duration_us);
    tools_->counters.playlist_versions.add();
    if (const auto age_us = clock_.age_us()) tools_->counters.playlist_age.observe(static_cast<double>(*age_us) / 1e6);
    changed_at_ = at.monotonic;
    target_duration_s_ = playlist.target_duration_s;
    if (!index_->audio_uri.empty() && !audio_refused_) return ask(Step::kAudioPlaylist, index_->audio_uri);
    fetch_next();
}

// Queues what is new.
void HlsReader::choose(const MediaPlaylist& playlist) {
    if (playlist.segments.empty()) return;
    open_muxer(playlist);
    first_listed_ = playlist.segments.front().sequence;
    const auto starts = starts_of(playlist.segments, now().utc);
    const auto last = muxer_->last_sequence();
    for (std::size_t i = 0; i < playlist.segments.size(); ++i)
        if (!last || playlist.segments[i].sequence > *last) queue_.push_back({playlist.segments[i], starts[i], 0});
    while (queue_.size() > kMostAtOnce) queue_.pop_front();
}

// Another muxer than the one we knew begins another window; what was published stays until that has a segment.
void HlsReader::open_muxer(const MediaPlaylist& playlist) {
    const ListedSegment& newest = playlist.segments.back();
    const std::string_view stem = stem_of(newest.uri);
    if (muxer_ && muxer_->stem() == stem) {
        if (!muxer_->last_sequence() || newest.sequence >= *muxer_->last_sequence()) return;
        ++lives_;
    }
    muxer_ = std::make_unique<MuxerWindow>(stream_.path_name, stem, lives_);
    runs_.clear();
    audio_.clear();
    added_ = audio_refused_ = audio_dropped_ = audio_heard_ = false;
    audio_silent_ = audio_ends_ = 0;
}

// Where the sound has been dropped a segment belongs to another run than the one it is listed in.
ListedSegment HlsReader::in_run(ListedSegment listed) const {
    if (audio_dropped_) listed.map_uri += "#without-audio";
    return listed;
}

void HlsReader::take_audio_playlist(const std::string& text) {
    MediaPlaylist playlist = parse_media(text);
    audio_.clear();
    for (auto& each : playlist.segments) audio_.emplace(each.sequence, std::move(each));
    fetch_next();
}

void HlsReader::fetch_next() {
    if (queue_.empty()) return batch_done();
    const ListedSegment& listed = queue_.front().listed;
    if (muxer_->run(in_run(listed).map_uri) == nullptr) {
        if (!listed.map_uri.empty()) return ask(Step::kInit, listed.map_uri);
        muxer_->add_run({MuxerWindow::run_id(listed.map_uri),
                         {},
                         index_->codecs,
                         index_->width,
                         index_->height,
                         target_duration_s_,
                         MediaContainer::kMpegTs});
    }
    file_ = std::make_shared<MediaFile>();
    ask(Step::kSegment, listed.uri);
}

void HlsReader::take_init(std::string init) {
    parse_init(init);  // says what is wrong, before anybody plays it
    const ListedSegment& listed = queue_.front().listed;
    if (runs_.size() >= kMostRuns)
        std::erase_if(runs_, [this](const auto& run) { return muxer_->run(run.first) == nullptr; });
    runs_[listed.map_uri] = {init, {}, 0};
    audio_dropped_ = audio_dropped_ && audio_refused_;  // in a new run it may be there
    if (!audio_.empty() && !audio_refused_) {
        const auto beside = audio_.find(listed.sequence);
        const ListedSegment& audio = beside != audio_.end() ? beside->second : audio_.rbegin()->second;
        if (!audio.map_uri.empty()) return ask(Step::kAudioInit, audio.map_uri);
    }
    finish_run(std::move(init), false);
}

void HlsReader::take_audio_init(const std::string& init) {
    Run& run = runs_[queue_.front().listed.map_uri];
    const std::uint32_t id = parse_init(run.video_init).front().id % 0x7FFFFFFF + 1;
    std::string joined;
    try {
        joined = join_inits(run.video_init, init, id);
    } catch (const Error& e) {
        without_audio(e.message());
        return finish_run(run.video_init, false);
    }
    run.audio_track_id = id;
    run.joined_init = joined;
    finish_run(std::move(joined), true);
}

void HlsReader::finish_run(std::string init, bool joined) {
    add_run(in_run(queue_.front().listed).map_uri, std::move(init), joined);
    fetch_next();
}

void HlsReader::add_run(const std::string& map_uri, std::string init, bool joined) {
    const auto tracks = parse_init(init);
    MediaRun run;
    run.id = MuxerWindow::run_id(map_uri);
    // The index counts audio in; where none is joined, a player must not wait for it.
    const bool index_fits = !index_->codecs.empty() && (joined || index_->audio_uri.empty());
    run.codecs = index_fits ? index_->codecs : codecs_of(tracks);
    for (const auto& track : tracks)
        if (track.kind == InitTrack::Kind::kVideo) run.width = track.width, run.height = track.height;
    if (run.width == 0) run.width = index_->width, run.height = index_->height;
    run.target_duration_s = target_duration_s_;
    run.init = http::Body::text(std::move(init));
    muxer_->add_run(std::move(run));
}

void HlsReader::take_audio_segment(const std::string& bytes) {
    try {
        const std::string fragments = renamed_fragments(bytes, runs_[queue_.front().listed.map_uri].audio_track_id);
        if (fragments.empty()) {
            note_silence(true);
        } else {
            file_->append(fragments);
            audio_heard_ = true;
            audio_dropped_ = false;
            audio_silent_ = 0;
        }
    } catch (const Error& e) {
        without_audio(e.message());
    }
    finish_segment();
}

// What is missing of the audio costs no picture. True where the step was one for audio.
bool HlsReader::take_audio_failure(Step step) {
    if (step == Step::kAudioPlaylist) {
        fetch_next();
    } else if (step == Step::kAudioInit) {
        finish_run(runs_[queue_.front().listed.map_uri].video_init, false);
    } else if (step == Step::kAudioSegment) {
        if (!file_) return false;  // the segment is whole already: what failed came after it
        note_silence(false);
        finish_segment();
    } else {
        return false;
    }
    return true;
}

// A player shows no picture where one of the tracks it was promised has nothing. `is_certain`: the muxer itself says
// so.
void HlsReader::note_silence(bool is_certain) {
    const bool at_once = is_certain && !audio_heard_;
    if (++audio_silent_ <= kMostSilent && !at_once) return;
    if (audio_dropped_) return;
    if (audio_heard_ && ++audio_ends_ > kMostEnds) return without_audio("its sound comes and goes");
    audio_dropped_ = true;  // until it comes
}

void HlsReader::without_audio(const std::string& reason) {
    if (std::exchange(audio_refused_, true)) return;
    audio_dropped_ =
        std::any_of(runs_.begin(), runs_.end(), [](const auto& run) { return run.second.audio_track_id != 0; });
    tools_->logger.warning(name() + " is shown without sound: " + reason);
}

void HlsReader::finish_segment() {
    const Wanted done = std::move(queue_.front());
    queue_.pop_front();
    const ListedSegment listed = in_run(done.listed);
    if (muxer_->run(listed.map_uri) == nullptr) {  // the sound was dropped, or has begun
        const Run& run = runs_[done.listed.map_uri];
        add_run(listed.map_uri, audio_dropped_ ? run.video_init : run.joined_init, !audio_dropped_);
    }
    muxer_->add_segment(listed, done.start, std::exchange(file_, nullptr)->seal());
    muxer_->trim(first_listed_, tools_->options.window_limit_bytes);
    tools_->counters.segments.add();
    added_ = true;
    gone_ = 0;
    failures_ = 0;
    if (std::exchange(told_lost_, false)) tools_->logger.information(name() + " has pictures again");
    fetch_next();
}

void HlsReader::give_up_segment() {
    tools_->counters.lost_segments.add();
    muxer_->skip(queue_.front().listed.sequence);
    queue_.pop_front();
    file_.reset();
    fetch_next();
}

// Everything that is listed has been asked for: shows it, and waits for the next list.
void HlsReader::batch_done() {
    const auto at = now();
    const bool stalled =
        window_ && window_->live && at.monotonic - changed_at_ > std::chrono::seconds(3 * target_duration_s_);
    if (added_)
        publish(true);
    else if (stalled)
        publish(false);
    due_us_ = std::chrono::duration_cast<std::chrono::microseconds>(clock_.due().time_since_epoch()).count();
}

void HlsReader::publish(bool live) {
    added_ = false;
    if (muxer_ && !muxer_->empty()) {
        muxer_->trim(first_listed_, tools_->options.window_limit_bytes);
        window_ = muxer_->window(changed_at_, live);
    } else if (window_) {
        auto stale = std::make_shared<MediaWindow>(*window_);
        stale->live = live;
        window_ = std::move(stale);
    }
    tell_ = true;
}

}  // namespace gatehouse::mediamtx
