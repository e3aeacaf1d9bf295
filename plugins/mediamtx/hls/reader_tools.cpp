#include "hls/reader_tools.h"

namespace gatehouse::mediamtx {
namespace {

Counter& requests(Metrics& metrics, const char* kind) {
    return metrics.counter("gatehouse_mediamtx_hls_requests_total", "Requests to MediaMTX's HLS server",
                           {{"kind", kind}});
}

}  // namespace

ReaderCounters::ReaderCounters(Metrics& metrics)
    : index_requests(requests(metrics, "index")),
      playlist_requests(requests(metrics, "playlist")),
      init_requests(requests(metrics, "init")),
      segment_requests(requests(metrics, "segment")),
      playlist_versions(metrics.counter("gatehouse_mediamtx_hls_playlist_versions_total",
                                        "Media playlists of MediaMTX that listed something new")),
      segments(metrics.counter("gatehouse_mediamtx_hls_segments_total", "Segments taken over from MediaMTX")),
      lost_segments(metrics.counter("gatehouse_mediamtx_hls_lost_segments_total",
                                    "Segments that MediaMTX listed but did not deliver")),
      failures(metrics.counter("gatehouse_mediamtx_hls_failures_total",
                               "Requests to MediaMTX's HLS server without the answer that was wanted")),
      playlist_age(metrics.histogram("gatehouse_mediamtx_hls_playlist_age_seconds",
                                     "How long a segment had been listed before it was seen",
                                     {0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2})) {}

}  // namespace gatehouse::mediamtx
