#include "sequence_map.h"

#include <algorithm>

namespace gatehouse::hls {
namespace {

constexpr std::int64_t kBaseUs = 1'704'067'200'000'000;  // 2024-01-01T00:00:00Z
constexpr std::int64_t kLostUs = 5'000'000;

std::optional<SequenceNumbers> recall(const SequenceState& state, std::uint64_t number) {
    for (std::uint32_t i = 0; i < state.count; ++i)
        if (state.segments[i].number == number)
            return SequenceNumbers{state.next_media_sequence - state.count + i, state.segments[i].discontinuity};
    return std::nullopt;
}

bool is_discontinuity(const SequenceState& state, bool new_epoch, const EngineSegment& segment) {
    if (state.used == 0) return false;
    return new_epoch || segment.run_id != state.last_run_id || segment.gap_before ||
           segment.start_us - state.last_end_us > kLostUs;
}

void remember(SequenceState& state, const EngineSegment& segment) {
    if (state.count == SequenceState::kRemembered) {
        std::move(state.segments.begin() + 1, state.segments.end(), state.segments.begin());
        --state.count;
    }
    state.segments[state.count++] = {segment.number, state.discontinuity};
    ++state.next_media_sequence;
    state.last_run_id = segment.run_id;
    state.last_end_us = segment.start_us + segment.duration_us;
    state.used = 1;
}

}  // namespace

SequenceState fresh_sequence(UtcTime now) {
    SequenceState state;
    const auto seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(now.us - kBaseUs, 0) / 1'000'000);
    state.next_media_sequence = seconds;
    state.discontinuity = seconds / 60;
    return state;
}

bool numbers_restarted(const SequenceState& state, std::uint64_t epoch, std::span<const EngineSegment> segments) {
    if (state.epoch != epoch || state.count == 0 || segments.empty()) return false;
    const EngineSegment& newest = segments.back();
    // The segments of a replay are numbered no higher either, but none of them begins after all that was seen.
    return newest.number <= state.segments[state.count - 1].number && newest.start_us > state.last_end_us;
}

std::vector<std::optional<SequenceNumbers>> number_segments(SequenceState& state, std::uint64_t epoch,
                                                            std::span<const EngineSegment> segments) {
    std::vector<std::optional<SequenceNumbers>> out;
    out.reserve(segments.size());
    if (segments.empty()) return out;
    bool new_epoch = state.epoch != epoch || numbers_restarted(state, epoch, segments);
    if (new_epoch) {
        state.epoch = epoch;
        state.count = 0;
    }
    for (const auto& segment : segments) {
        if (auto known = recall(state, segment.number)) {
            out.push_back(known);
        } else if (state.count > 0 && segment.number <= state.segments[state.count - 1].number) {
            out.emplace_back();
        } else {
            if (is_discontinuity(state, new_epoch, segment)) ++state.discontinuity;
            new_epoch = false;
            remember(state, segment);
            out.push_back(SequenceNumbers{state.next_media_sequence - 1, state.discontinuity});
        }
    }
    return out;
}

}  // namespace gatehouse::hls
