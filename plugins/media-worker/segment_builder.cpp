#include "segment_builder.h"

#include <utility>

namespace gatehouse::media_worker {

bool SegmentBuilder::continues(const FragmentFact& f) const {
    const BuiltSegment& p = *pending_;
    if (f.run_id != p.run_id || f.chunk_id != p.chunk_id || f.number != p.last_number + 1) return false;
    if (f.offset_bytes != p.offset_bytes + p.size_bytes) return false;
    if (f.keyframe && p.duration_us >= kShortestUs) return false;
    return p.duration_us + f.duration_us <= kLongestUs && p.size_bytes + f.size_bytes <= kLargestBytes;
}

std::optional<BuiltSegment> SegmentBuilder::add(const FragmentFact& f) {
    if (pending_ && continues(f)) {
        pending_->size_bytes += f.size_bytes;
        pending_->duration_us += f.duration_us;
        pending_->last_number = f.number;
        return std::nullopt;
    }
    auto done = finish();
    if (f.keyframe)
        pending_ = BuiltSegment{f.run_id, f.chunk_id, f.offset_bytes, f.size_bytes,
                                f.number, f.number, f.duration_us, f.start_us};
    return done;
}

std::optional<BuiltSegment> SegmentBuilder::finish() { return std::exchange(pending_, std::nullopt); }

}  // namespace gatehouse::media_worker
