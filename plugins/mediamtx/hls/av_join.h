// MediaMTX's fmp4 and lowLatency variants keep audio apart from video: two init sections, two segments of the same
// number, cut at the same instant on one time base. Joined, they are one section and one segment of two tracks. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::mediamtx {

// Both sections must have one track. The audio track gets `audio_track_id`. Throws Error(kBadUpstream) where they are
// not of the kind that can be joined.
std::string join_inits(std::string_view video_init, std::string_view audio_init, std::uint32_t audio_track_id);

// The movie fragments (moof, mdat) of a segment, their track renamed; they can then lie behind those of another track,
// since they address their data from their own moof (default-base-is-moof). Empty where there are no samples: the muxer
// makes a fragment without a track of a track that is silent (v1.20.1, read). Throws Error(kBadUpstream) where they do
// not.
std::string renamed_fragments(std::string_view segment, std::uint32_t track_id);

}  // namespace gatehouse::mediamtx
