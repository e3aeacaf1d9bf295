// One stream of MediaMTX, read as long as somebody wants it.
#pragma once

#include <gatehouse/media_engine.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "hls/media_file.h"
#include "hls/muxer_window.h"
#include "hls/playlist_clock.h"
#include "hls/playlist_parser.h"
#include "hls/reader_tools.h"

namespace gatehouse::mediamtx {

// index.m3u8, then its media playlist(s), then init sections and segments, each once: there is never more than one
// request under way. Thread-safe; nothing blocks, and nothing is called out while its lock is held but the HTTP client.
class HlsReader : public std::enable_shared_from_this<HlsReader> {
public:
    HlsReader(std::shared_ptr<const ReaderTools> tools, HlsStream stream);

    const HlsStream& stream() const noexcept { return stream_; }
    // Null or without a port: nothing is asked. Drops what is under way.
    void set_origin(std::shared_ptr<const HlsOrigin> origin);
    void set_always(bool always) noexcept { always_ = always; }
    // Somebody wants the stream: it begins where it was resting.
    void demand(MonotonicTime now);
    // As demand(), for 9 s: whether it can be had.
    void try_once(MonotonicTime now);
    // Does what is due; goes to rest when nobody has wanted the stream for long.
    void tick(MonotonicTime now);
    // When tick() will have something to do; max: when something else happens first.
    MonotonicTime next_look() const noexcept;
    // For good: drops what is under way. The window stays.
    void stop();

    std::shared_ptr<const MediaWindow> window() const;
    // demand() was called within the options' window.
    bool demanded(MonotonicTime now) const noexcept;
    // A first window may come within seconds.
    bool coming() const;

private:
    enum class Step { kIndex, kPlaylist, kAudioPlaylist, kInit, kAudioInit, kSegment, kAudioSegment };
    struct Wanted {
        ListedSegment listed;
        UtcTime start;
        int tries = 0;
    };
    struct Run {  // what of a run's init section has been fetched
        std::string video_init, joined_init;
        std::uint32_t audio_track_id = 0;  // 0: no audio is joined
    };

    void begin(MonotonicTime now);
    void go_on();
    template <class Work>
    void bear(Work work);
    void rest(std::unique_lock<std::mutex>& lock);
    void drop_reading();
    void leave(std::unique_lock<std::mutex>& lock);
    void ask(Step step, const std::string& file);
    void answered(std::uint64_t turn, Step step, HttpClientResponse response, std::exception_ptr failure);
    void take(Step step, HttpClientResponse response);
    void refused(Step step, int status);
    void failed(Step step, const std::string& reason);

    void take_index(const std::string& text);
    void take_playlist(const std::string& text);
    void take_audio_playlist(const std::string& text);
    void take_init(std::string init);
    void take_audio_init(const std::string& init);
    void take_audio_segment(const std::string& bytes);
    void choose(const MediaPlaylist& playlist);
    void fetch_next();
    void finish_run(std::string init, bool joined);
    void add_run(const std::string& run_name, std::string init, bool joined);
    ListedSegment in_run(ListedSegment listed) const;
    void finish_segment();
    void give_up_segment();
    void batch_done();
    bool take_audio_failure(Step step);
    void without_audio(const std::string& reason);
    void note_silence(bool is_certain);
    void open_muxer(const MediaPlaylist& playlist);
    void publish(bool live);
    void muxer_gone();
    void lost(const std::string& reason, bool long_wait = false);
    PlaylistClock::Now now() const;
    std::string name() const;

    const std::shared_ptr<const ReaderTools> tools_;
    const HlsStream stream_;
    std::atomic<bool> always_;
    std::atomic<bool> active_{false};
    std::atomic<std::int64_t> demanded_us_{INT64_MIN / 2};  // monotonic
    std::atomic<std::int64_t> due_us_{INT64_MAX};           // monotonic; INT64_MAX: a request is under way, or at rest

    mutable std::mutex mutex_;
    std::shared_ptr<const HlsOrigin> origin_;
    std::uint64_t turn_ = 0;  // an answer to an older one is dropped
    HttpCall call_;
    std::uint64_t call_turn_ = 0;
    MonotonicTime asked_at_{};
    std::shared_ptr<MediaFile> file_;  // the segment that is being fetched
    std::atomic<bool> stopped_ = false;
    bool tell_ = false;

    std::optional<IndexPlaylist> index_;
    PlaylistClock clock_;
    std::unique_ptr<MuxerWindow> muxer_;
    std::uint64_t lives_ = 0;
    std::map<std::string, Run> runs_;  // by map_uri, of this muxer
    std::deque<Wanted> queue_;
    std::map<std::uint64_t, ListedSegment> audio_;  // by sequence
    int target_duration_s_ = 0;
    std::uint64_t first_listed_ = 0;
    MonotonicTime changed_at_{};
    int gone_ = 0;            // muxers that went without having given anything new
    int failures_ = 0;        // in a row
    bool told_lost_ = false;  // that it has no picture, since it last had one
    bool added_ = false;      // to the muxer's window since it was published
    // Of this muxer's sound:
    bool audio_refused_ = false;  // for good
    bool audio_dropped_ = false;  // it is announced and not there: what comes has runs of its own
    bool audio_heard_ = false;
    int audio_silent_ = 0;  // segments without samples, in a row
    int audio_ends_ = 0;    // times that it was heard and ended
    std::shared_ptr<const MediaWindow> window_;
};

}  // namespace gatehouse::mediamtx
