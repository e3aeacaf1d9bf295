// MediaMTX's HLS output as a MediaEngine: one reader of its playlists and segments, however many viewers there are.
#pragma once

#include <Poco/Logger.h>
#include <gatehouse/clock.h>
#include <gatehouse/http_client.h>
#include <gatehouse/media_engine.h>
#include <gatehouse/metrics.h>
#include <gatehouse/scheduler.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::mediamtx {

// The loopback listener of MediaMTX's HLS server.
struct HlsOrigin {
    std::string host;
    std::uint16_t port = 0;     // 0: not known yet, nothing is asked
    std::string authorization;  // the header; empty: none. It holds a secret: never logged

    bool operator==(const HlsOrigin&) const = default;
};

struct HlsStream {
    std::string camera_uuid;
    StreamRole role = StreamRole::kMain;
    std::string path_name;  // MediaMTX's: [0-9A-Za-z_.-] and '/'
    bool always = false;    // keep the window warm; else it is filled only while somebody wants it
};

struct HlsOptions {
    std::chrono::milliseconds demand_window{30'000};   // demand() counts for so long; then the window is let go
    std::chrono::milliseconds index_deadline{35'000};  // MediaMTX answers the first index after two GOPs
    std::chrono::milliseconds file_deadline{10'000};   // playlists of a running muxer, init sections, segments
    std::size_t segment_limit_bytes = 64u << 20;       // larger segments are left out
    std::size_t window_limit_bytes = 128u << 20;       // per stream; the oldest segments go
};

// Thread-safe, nothing blocks. Of each stream that is wanted the playlist is asked for when its next segment is due,
// and every new segment is fetched once, into a memfd; a stream that nobody wants costs nothing. Where MediaMTX keeps
// audio apart from video (its fmp4 and lowLatency variants), both are joined to one init section and one segment.
class HlsEngine final : public MediaEngine {
public:
    struct Parts {
        HttpClient& client;
        Scheduler& scheduler;
        const Clock& clock;
        Metrics& metrics;
        Poco::Logger& logger;
    };
    // The parts must be valid until stop() has returned.
    HlsEngine(Parts parts, HlsOptions options);
    ~HlsEngine() override;  // stop()

    // A change drops what is in flight; windows stay until the new origin delivers.
    void set_origin(HlsOrigin origin);
    // The desired set; streams that left it are forgotten, streams whose path changed begin anew.
    void set_streams(const std::vector<HlsStream>& streams);
    // As demand() for some seconds: MediaMTX calls a camera on demand at once and after 5 s, and lets it rest.
    void try_once(const std::string& camera_uuid, StreamRole role);
    // Whether it was asked for within `demand_window`, or is tried.
    bool wanted(const std::string& camera_uuid, StreamRole role) const;
    // Cancels what is in flight; after it nothing is asked any more. Windows stay readable.
    void stop();

    std::string engine() const override { return "mediamtx"; }
    std::shared_ptr<const MediaWindow> window(const std::string& camera_uuid, StreamRole role) const override;
    void demand(const std::string& camera_uuid, StreamRole role) override;
    Registration on_change(std::function<void(const std::string& camera_uuid, StreamRole role)> changed) override;
    void fetch(const std::string& camera_uuid, StreamRole role, std::uint64_t run_id, std::uint64_t segment_number,
               std::function<void(http::Body, std::exception_ptr)> done) override;
    bool coming(const std::string& camera_uuid, StreamRole role) const override;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace gatehouse::mediamtx
