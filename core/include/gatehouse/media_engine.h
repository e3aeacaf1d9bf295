// What hls-proxy reads, whichever engine makes it: for every stream a window of the last segments.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gatehouse/catalogue.h>
#include <gatehouse/http.h>
#include <gatehouse/service.h>

namespace gatehouse {

enum class MediaContainer : std::uint8_t {
    kFragmentedMp4,
    kMpegTs,  // ISO/IEC 13818-1: segments carry their own tables, there is no initialisation section
};

// A stretch of media with one initialisation section; a change of codec parameters or time base begins another.
struct MediaRun {
    std::uint64_t id = 0;       // unique within the engine epoch and stream
    http::Body init;            // ftyp + moov (ISO/IEC 14496-12); empty body: fetch() brings it
    std::string codecs;         // RFC 6381, e.g. "avc1.42C01F,mp4a.40.2"
    int width = 0, height = 0;  // pixels
    int target_duration_s = 0;  // fixed for the run (RFC 8216 section 4.3.3.1)
    MediaContainer container = MediaContainer::kFragmentedMp4;  // since ABI 1.1; kMpegTs: `init` stays empty
};

// A whole segment: begins with a keyframe, immutable.
struct MediaSegment {
    std::uint64_t run_id = 0;
    std::uint64_t number = 0;  // rises within the engine epoch and stream, over runs too; names these bytes for ever
    std::int64_t duration_us = 0;
    UtcTime start;            // wall clock of its first frame
    bool gap_before = false;  // media was lost between the one before and this one, within the run
    http::Body body;          // empty body: fetch() brings it
};

// Immutable state of one stream.
struct MediaWindow {
    std::uint64_t epoch = 0;  // random per engine life: numbers of different epochs are not related
    std::vector<std::shared_ptr<const MediaRun>> runs;  // referenced by segments, oldest first
    std::vector<MediaSegment> segments;                 // oldest first, whole segments only
    std::int64_t bandwidth_bps = 0;                     // peak of the window's segments
    MonotonicTime changed_at{};                         // when the last segment came
    bool live = false;                                  // the stream delivers at this moment

    const MediaRun* run(std::uint64_t id) const {
        for (const auto& r : runs)
            if (r->id == id) return r.get();
        return nullptr;
    }
};

// The engine of live media. Thread-safe; nothing blocks (loop lane).
class MediaEngine : public Service {
public:
    static constexpr const char* kServiceName = "media_engine/1";

    // "builtin", "mediamtx"
    virtual std::string engine() const = 0;
    // Null where the stream never had a segment in this engine's life, or is not configured.
    virtual std::shared_ptr<const MediaWindow> window(const std::string& camera_uuid, StreamRole role) const = 0;
    // Says that a viewer wants the stream; engines that pull on demand start it. Cheap, may be called per request.
    virtual void demand(const std::string& camera_uuid, StreamRole role) = 0;
    // `changed` runs after a window was replaced, on any thread; it must only hand over.
    [[nodiscard]] virtual Registration on_change(
        std::function<void(const std::string& camera_uuid, StreamRole role)> changed) = 0;
    // Brings bytes that are not in the window's bodies (init when segment is 0). Answers once, any thread.
    virtual void fetch(const std::string& camera_uuid, StreamRole role, std::uint64_t run_id,
                       std::uint64_t segment_number, std::function<void(http::Body, std::exception_ptr)> done) = 0;
    // The stream has no window yet, but demand() has set its first one going and nothing says that it will fail: a
    // viewer may be let wait for some seconds. on_change() tells when that changes. Since ABI 1.1.
    virtual bool coming(const std::string& camera_uuid, StreamRole role) const {
        (void)camera_uuid, (void)role;
        return false;
    }
};

}  // namespace gatehouse
