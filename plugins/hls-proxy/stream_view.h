// One stream as viewers get it: its playlist and its files, from the engine's windows.
#pragma once

#include <gatehouse/http.h>
#include <gatehouse/media_engine.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "playlist.h"
#include "sequence_map.h"

namespace gatehouse::hls {

struct ViewOptions {
    std::int64_t playlist_us = 14'000'000;   // length of the playlist; see playlist_begin()
    std::chrono::milliseconds keep{30'000};  // how long a window is served after the next segment was due
};

// A file that is served: with its bytes at hand, or to be fetched from the engine.
struct PublishedFile {
    std::shared_ptr<const http::Entity> entity;  // null: fetch
    std::uint64_t run_id = 0;                    // the engine's names of it
    std::uint64_t number = 0;                    // 0: the init section
    std::uint64_t public_run_id = 0;             // of its run, in all epochs
    std::uint64_t tag = 0;                       // makes its ETag
    MediaContainer container = MediaContainer::kFragmentedMp4;
};

// Immutable; shared by all requests until the next change.
struct PublishedStream {
    std::shared_ptr<const http::Entity> playlist;
    Variant variant;
    std::uint64_t first_media_sequence = 0;
    std::vector<PublishedFile> segments;                         // consecutive
    std::vector<std::pair<std::uint64_t, PublishedFile>> inits;  // by public run id
    MonotonicTime shown_until = MonotonicTime::max();

    const PublishedFile* segment(std::uint64_t media_sequence) const noexcept {
        const std::uint64_t index = media_sequence - first_media_sequence;  // wraps to a great number when it is older
        return index < segments.size() ? &segments[index] : nullptr;
    }
    const PublishedFile* init(std::uint64_t public_run_id) const noexcept {
        for (const auto& [id, file] : inits)
            if (id == public_run_id) return &file;
        return nullptr;
    }
};

// How the entities of a file are made; also used for what is fetched from the engine. `tag` makes the ETag.
std::shared_ptr<const http::Entity> media_entity(http::Body body, bool is_public, std::uint64_t tag,
                                                 MediaContainer container = MediaContainer::kFragmentedMp4);
// A name for a run that no other run of any epoch has, nor another init section (64 bits of mixing; not a secret).
std::uint64_t public_run_id(std::uint64_t epoch, std::uint64_t run_id, std::string_view init = {}) noexcept;

// Builds PublishedStreams. Keeps segments over a change of epoch until they have left the playlist. Not thread-safe.
class StreamView {
public:
    // Bounds that hold whatever the durations of the segments say; the newest segment stays.
    static constexpr std::size_t kMostSegments = 128;
    static constexpr std::uint64_t kMostBytes = 96u << 20;  // of the files that the segments hold open

    StreamView(StreamRole role, ViewOptions options) : role_(role), options_(options) {}

    // `state` is read and advanced; true when it changed, and must then be stored before publish()'s result is shown.
    bool take(const MediaWindow& window, SequenceState& state);
    // Forgets all segments: what was shown is of no use to anybody who comes now.
    void clear();
    // Null where there is nothing to show (any more).
    std::shared_ptr<const PublishedStream> publish(bool is_public, MonotonicTime now);

private:
    struct Segment {
        PlaylistSegment in_playlist;
        PublishedFile file;
        std::uint64_t epoch = 0;
        http::Body body;
    };
    struct Run {
        std::shared_ptr<const MediaRun> run;
        std::uint64_t epoch = 0;
        std::uint64_t public_id = 0;
        PublishedFile init;
    };

    void append(const MediaWindow& window, const MediaSegment& segment, const SequenceNumbers& numbers);
    const Run& run_of(const MediaWindow& window, std::uint64_t run_id);
    void trim(const MediaWindow& window);
    // Index of the oldest segment that is within the bounds with all that are newer.
    std::size_t first_that_fits() const;
    std::vector<PlaylistSegment> playlist_segments() const;
    void make_entities(bool is_public);
    Variant variant(std::size_t begin) const;

    const StreamRole role_;
    const ViewOptions options_;
    std::deque<Segment> segments_;
    std::deque<Run> runs_;
    std::optional<bool> entities_public_;
    std::int64_t bandwidth_bps_ = 0;
    MonotonicTime changed_at_{};
};

}  // namespace gatehouse::hls
