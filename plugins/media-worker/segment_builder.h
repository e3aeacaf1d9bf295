// Joins fragments to segments from keyframe to keyframe. Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace gatehouse::media_worker {

// A fragment as the worker announced it, its bounds checked.
struct FragmentFact {
    std::uint64_t run_id = 0;
    std::uint64_t chunk_id = 0;
    std::uint64_t offset_bytes = 0;
    std::uint64_t size_bytes = 0;
    std::uint64_t number = 0;  // rises by one within the stream
    std::int64_t duration_us = 0;
    std::int64_t start_us = 0;  // UTC of its first frame
    bool keyframe = false;
    bool ends_gop = false;  // what follows begins with a keyframe: no need to wait for it
};

// Consecutive fragments that lie side by side in one chunk, the first of which begins with a keyframe.
struct BuiltSegment {
    std::uint64_t run_id = 0;
    std::uint64_t chunk_id = 0;
    std::uint64_t offset_bytes = 0;
    std::uint64_t size_bytes = 0;
    std::uint64_t number = 0;       // of its first fragment: the same bytes get the same number after any restart
    std::uint64_t last_number = 0;  // of its last fragment
    std::int64_t duration_us = 0;
    std::int64_t start_us = 0;
};

// GOPs shorter than kShortest are joined. Joining starts anew at every chunk, and chunks begin at keyframes, so that a
// replay of whole chunks gives the same segments again.
class SegmentBuilder {
public:
    static constexpr std::int64_t kShortestUs = 1'800'000;
    // Beyond these a segment is cut off and the rest of its GOP is left out: a camera that sends no keyframe must not
    // make a segment without end.
    static constexpr std::int64_t kLongestUs = 120'000'000;
    static constexpr std::uint64_t kLargestBytes = 64u << 20;

    // The segments that this fragment completes, oldest first: the one before it, itself, both or none.
    std::vector<BuiltSegment> add(const FragmentFact& fragment);
    // The run has ended: what is pending is complete.
    std::optional<BuiltSegment> finish();
    const std::optional<BuiltSegment>& pending() const noexcept { return pending_; }
    void reset() { *this = {}; }

private:
    bool continues(const FragmentFact& fragment) const;

    std::optional<BuiltSegment> pending_;
};

}  // namespace gatehouse::media_worker
