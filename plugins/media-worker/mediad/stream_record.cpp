#include "stream_record.h"

#include <algorithm>
#include <utility>

#include "causes.h"

namespace gatehouse::mediad {

namespace mp = media_protocol;

StreamRecord::StreamRecord(mp::UpsertStream wanted, std::int64_t now_us, const LastIds& after)
    : wanted_(std::move(wanted)), last_(after) {
    state_.stream_id = wanted_.stream_id;
    state_.since_us = now_us;
}

void StreamRecord::set_wanted(mp::UpsertStream wanted) {
    wanted_ = std::move(wanted);
    shard_run_ = 0;
    shard_chunk_ = 0;
}

void StreamRecord::set_state(mp::StreamState state, const Emit& emit) {
    state_ = std::move(state);
    emit(state_, -1);
}

void StreamRecord::shard_lost(std::int64_t now_us, const Emit& emit) {
    shard_run_ = 0;
    shard_chunk_ = 0;
    mp::StreamState state = state_;
    if (state.phase != mp::StreamPhase::connecting) state.since_us = now_us;
    state.phase = mp::StreamPhase::connecting;
    state.cause = Cause::worker_restarted;
    state.cause_text = plain_words(state.cause);
    set_state(std::move(state), emit);
}

void StreamRecord::take(mp::StreamState state, const Emit& emit) {
    // A shard that was just started has nothing to say about a stream yet; the reason is more useful than its silence.
    const bool fresh = state.phase == mp::StreamPhase::connecting && state.cause == Cause::none;
    if (fresh && state_.phase == mp::StreamPhase::connecting && state_.cause != Cause::none) return;
    // What is known of the stream stays known while it is away.
    if (state.video_codec.empty()) {
        state.video_codec = state_.video_codec;
        state.audio_codec = state_.audio_codec;
        state.width = state_.width;
        state.height = state_.height;
    }
    set_state(std::move(state), emit);
}

void StreamRecord::take(mp::RunBegin run, const Emit& emit) {
    shard_run_ = run.run_id;
    run.run_id = ++last_.run;
    emit(run, -1);
    bytes_ += run.init_section.size();
    runs_[last_.run] = std::move(run);
    forget_old_runs();
}

void StreamRecord::take(const mp::Chunk& chunk, UniqueFd fd, const Emit& emit) {
    if (!fd) return;
    shard_chunk_ = chunk.chunk_id;
    ChunkEntry entry;
    entry.id = ++last_.chunk;
    entry.fd = std::move(fd);
    emit(mp::Chunk{wanted_.stream_id, entry.id}, entry.fd.get());
    chunks_.push_back(std::move(entry));
    if (chunks_.size() > kMostChunks) expire(emit);
}

void StreamRecord::take(mp::Fragment fragment, const Emit& emit) {
    const bool known =
        fragment.run_id != 0 && fragment.run_id == shard_run_ && fragment.chunk_id == shard_chunk_ && !chunks_.empty();
    if (!known) return;  // of a pull that was changed meanwhile
    ChunkEntry& chunk = chunks_.back();
    if (chunk.fragments.size() >= kMostFragments) return;  // a shard begins another chunk long before
    fragment.run_id = last_.run;
    fragment.chunk_id = last_.chunk;
    fragment.number = ++last_.number;
    emit(fragment, -1);
    chunk.bytes += fragment.size_bytes;
    chunk.ticks += fragment.duration;
    bytes_ += fragment.size_bytes;
    ticks_ += fragment.duration;
    ++fragments_;
    chunk.fragments.push_back(std::move(fragment));
    expire(emit);
}

bool StreamRecord::too_much() const {
    if (chunks_.size() < 2) return false;
    const bool long_enough = ticks_ - chunks_.front().ticks >= kWindowTicks;
    return long_enough || bytes_ > kWindowBytes || fragments_ > kMostFragments || chunks_.size() > kMostChunks;
}

void StreamRecord::expire(const Emit& emit) {
    while (too_much()) {
        const ChunkEntry& oldest = chunks_.front();
        emit(mp::ChunkGone{wanted_.stream_id, oldest.id}, -1);
        bytes_ -= oldest.bytes;
        ticks_ -= oldest.ticks;
        fragments_ -= oldest.fragments.size();
        chunks_.pop_front();
        forget_old_runs();
    }
}

void StreamRecord::forget_old_runs() {
    std::uint64_t oldest = last_.run;
    for (const ChunkEntry& chunk : chunks_) {
        if (chunk.fragments.empty()) continue;
        oldest = chunk.fragments.front().run_id;
        break;
    }
    while (!runs_.empty() && (runs_.begin()->first < oldest || runs_.size() > kMostRuns)) {
        bytes_ -= runs_.begin()->second.init_section.size();
        runs_.erase(runs_.begin());
    }
}

void StreamRecord::replay(const Emit& emit) const {
    emit(state_, -1);
    for (const auto& [id, run] : runs_) emit(run, -1);
    for (const ChunkEntry& chunk : chunks_) {
        emit(mp::Chunk{wanted_.stream_id, chunk.id}, chunk.fd.get());
        for (const mp::Fragment& fragment : chunk.fragments)
            if (runs_.contains(fragment.run_id)) emit(fragment, -1);
    }
}

std::pair<StreamRecord&, bool> StreamRecords::want(const mp::UpsertStream& stream, std::int64_t now_us) {
    const auto [found, is_new] = records_.try_emplace(stream.stream_id, stream, now_us, given_);
    return {found->second, is_new};
}

StreamRecord* StreamRecords::find(const std::string& stream_id) {
    const auto found = records_.find(stream_id);
    return found == records_.end() ? nullptr : &found->second;
}

bool StreamRecords::let_go(const std::string& stream_id) {
    const auto found = records_.find(stream_id);
    if (found == records_.end()) return false;
    const LastIds& last = found->second.last_ids();
    given_ = {std::max(given_.run, last.run), std::max(given_.chunk, last.chunk), std::max(given_.number, last.number)};
    records_.erase(found);
    return true;
}

}  // namespace gatehouse::mediad
