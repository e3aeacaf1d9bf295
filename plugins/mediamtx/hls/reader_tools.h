// What all readers of one engine share.
#pragma once

#include <Poco/Logger.h>
#include <gatehouse/clock.h>
#include <gatehouse/http_client.h>
#include <gatehouse/metrics.h>

#include <functional>
#include <string>

#include "hls/hls_engine.h"

namespace gatehouse::mediamtx {

struct ReaderCounters {
    explicit ReaderCounters(Metrics& metrics);
    Counter& index_requests;
    Counter& playlist_requests;
    Counter& init_requests;
    Counter& segment_requests;
    Counter& playlist_versions;  // media playlists that had news
    Counter& segments;           // that came into a window
    Counter& lost_segments;      // listed, but not to be had
    Counter& failures;           // requests without the answer that was wanted
    Histogram& playlist_age;
};

struct ReaderTools {
    HttpClient& client;
    const Clock& clock;
    Poco::Logger& logger;
    const HlsOptions options;
    const ReaderCounters counters;
    // A stream's window was replaced; called without any lock of a reader.
    const std::function<void(const std::string& camera_uuid, StreamRole role)> changed;
    // A reader has something to do then; called without any lock of a reader.
    const std::function<void(MonotonicTime when)> look_by;
};

}  // namespace gatehouse::mediamtx
