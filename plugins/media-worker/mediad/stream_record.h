#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gatehouse/media_protocol/messages.h>
#include <gatehouse/unique_fd.h>

namespace gatehouse::mediad {

/// The ids of a stream that were given out last; 0: none yet.
struct LastIds {
    std::uint64_t run = 0;
    std::uint64_t chunk = 0;
    std::uint64_t number = 0;
};

/// What the supervisor knows about a stream: what is wanted, its state, and its live window. Outlives shards and
/// gateways. Translates the ids of a shard, which count from 1 in every shard process, into ids that never come again
/// in this boot of the worker. Not thread-safe.
class StreamRecord {
public:
    static constexpr std::uint64_t kWindowTicks = 20 * 90'000;       ///< a window shows at least so much ...
    static constexpr std::uint64_t kWindowBytes = 16 * 1024 * 1024;  ///< ... unless it would be larger than this
    // Bounds that hold whatever a camera sends, so that a replay is never larger than some 4 MiB.
    static constexpr std::size_t kMostRuns = 64;  ///< as many as the gateway remembers
    static constexpr std::size_t kMostChunks = 64;
    static constexpr std::size_t kMostFragments = 2'048;

    /// Hears every message for the gateway; `fd` is borrowed, -1 without one.
    using Emit = std::function<void(const media_protocol::Message&, int fd)>;

    /// Ids begin above `after`.
    StreamRecord(media_protocol::UpsertStream wanted, std::int64_t now_us, const LastIds& after = {});

    const media_protocol::UpsertStream& wanted() const noexcept { return wanted_; }
    const media_protocol::StreamState& state() const noexcept { return state_; }
    const LastIds& last_ids() const noexcept { return last_; }

    /// The shard's ids of the last wanted() have no meaning any more.
    void set_wanted(media_protocol::UpsertStream wanted);
    void set_state(media_protocol::StreamState state, const Emit& emit);

    /// The process that pulled the stream is gone.
    void shard_lost(std::int64_t now_us, const Emit& emit);

    void take(media_protocol::StreamState state, const Emit& emit);
    void take(media_protocol::RunBegin run, const Emit& emit);
    void take(const media_protocol::Chunk& chunk, UniqueFd fd, const Emit& emit);
    void take(media_protocol::Fragment fragment, const Emit& emit);

    /// Fragments of runs that had to be forgotten are left out.
    void replay(const Emit& emit) const;

    /// Of fragments and init sections.
    std::uint64_t window_bytes() const noexcept { return bytes_; }

private:
    struct ChunkEntry {
        std::uint64_t id = 0;
        UniqueFd fd;
        std::uint64_t bytes = 0;
        std::uint64_t ticks = 0;
        std::vector<media_protocol::Fragment> fragments;
    };

    bool too_much() const;
    void expire(const Emit& emit);
    void forget_old_runs();

    media_protocol::UpsertStream wanted_;
    media_protocol::StreamState state_;
    std::map<std::uint64_t, media_protocol::RunBegin> runs_;  // by our id
    std::deque<ChunkEntry> chunks_;
    std::uint64_t bytes_ = 0;
    std::uint64_t ticks_ = 0;
    std::size_t fragments_ = 0;

    LastIds last_;
    // What the shard calls its present run and chunk; 0: none of this shard process yet.
    std::uint64_t shard_run_ = 0;
    std::uint64_t shard_chunk_ = 0;
};

/// The records of the streams that are wanted. A stream that was let go and comes back gets ids above all that it gave
/// out before: gateways name what they serve by them. Not thread-safe.
class StreamRecords {
public:
    using Map = std::map<std::string, StreamRecord>;

    /// The record of a stream; true when it had to be made.
    std::pair<StreamRecord&, bool> want(const media_protocol::UpsertStream& stream, std::int64_t now_us);
    /// Null where the stream is not wanted.
    StreamRecord* find(const std::string& stream_id);
    /// False where there was nothing to let go.
    bool let_go(const std::string& stream_id);

    const Map& all() const noexcept { return records_; }

private:
    Map records_;
    LastIds given_;  // the greatest of all streams that were let go: takes no memory for each of them
};

}  // namespace gatehouse::mediad
