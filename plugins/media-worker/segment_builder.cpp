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

std::vector<BuiltSegment> SegmentBuilder::add(const FragmentFact& f) {
    std::vector<BuiltSegment> done;
    if (pending_ && continues(f)) {
        pending_->size_bytes += f.size_bytes;
        pending_->duration_us += f.duration_us;
        pending_->last_number = f.number;
    } else {
        if (const auto before = finish()) done.push_back(*before);
        if (f.keyframe)
            pending_ = BuiltSegment{f.run_id, f.chunk_id, f.offset_bytes, f.size_bytes,
                                    f.number, f.number,   f.duration_us,  f.start_us};
    }
    if (pending_ && f.ends_gop && pending_->duration_us >= kShortestUs) done.push_back(*finish());
    return done;
}

std::optional<BuiltSegment> SegmentBuilder::finish() { return std::exchange(pending_, std::nullopt); }

}  // namespace gatehouse::media_worker
