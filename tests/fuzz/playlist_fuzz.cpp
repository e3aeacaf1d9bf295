// Playlists of a media engine: whatever is accepted must be bounded and stay beside the playlist.
#include <gatehouse/error.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mediamtx/hls/muxer_window.h"
#include "mediamtx/hls/playlist_parser.h"

using namespace gatehouse::mediamtx;

namespace {

void require(bool fine) {
    if (!fine) std::abort();
}

void media(std::string_view text) {
    const MediaPlaylist playlist = parse_media(text);
    require(playlist.target_duration_s > 0 && playlist.segments.size() <= kMostListedSegments);
    std::uint64_t last = 0;
    for (const auto& segment : playlist.segments) {
        require(is_plain_name(segment.uri) && (segment.map_uri.empty() || is_plain_name(segment.map_uri)));
        require(segment.duration_us > 0 && segment.sequence >= last);
        require(stem_of(segment.uri).size() <= segment.uri.size());
        last = segment.sequence + 1;
    }
    require(starts_of(playlist.segments, {}).size() == playlist.segments.size());
}

void index(std::string_view text) {
    const IndexPlaylist playlist = parse_index(text);
    require(is_plain_name(playlist.media_uri) && (playlist.audio_uri.empty() || is_plain_name(playlist.audio_uri)));
    require(playlist.codecs.find_first_of("\"\r\n") == std::string::npos);
    require(playlist.width >= 0 && playlist.height >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto parse : {&media, &index}) {
        try {
            parse(text);
        } catch (const gatehouse::Error&) {
        }
    }
    return 0;
}
