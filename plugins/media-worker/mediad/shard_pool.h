#pragma once

#include <poll.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gatehouse/media_protocol/channel.h>

#include "isolation.h"
#include "shard_process.h"

namespace gatehouse::mediad {

/// Spreads the streams over shard processes and keeps these running. Not thread-safe.
class ShardPool {
public:
    using Clock = std::chrono::steady_clock;

    class Listener {
    public:
        virtual ~Listener() = default;
        virtual void shard_said(media_protocol::Message message, UniqueFd fd) = 0;
        virtual void stream_interrupted(const std::string& stream_id) = 0;  ///< its process ended or lost it
    };

    /// `streams_per_shard` 1..64.
    ShardPool(Listener& listener, std::size_t streams_per_shard);
    ~ShardPool();
    ShardPool(const ShardPool&) = delete;
    ShardPool& operator=(const ShardPool&) = delete;

    /// Adds or changes a stream.
    void upsert(const media_protocol::UpsertStream& wanted);
    void remove(const std::string& stream_id);

    /// Starts what is due; returns when it wants to be called again at the latest.
    Clock::time_point tick(Clock::time_point now);

    /// Reaps every child that ended.
    void reap(Clock::time_point now);

    void add_poll(std::vector<pollfd>& watched);
    /// Reads and writes what the descriptors of add_poll() are ready for. Calls the listener.
    void handle(const std::vector<pollfd>& watched);

    media_protocol::WorkerStats stats() const;

    /// Ends all processes: SIGTERM, and SIGKILL for those that are left at the deadline. Blocks until then.
    void shut_down(std::chrono::milliseconds patience);

private:
    using Shard = ShardProcess;
    using Shards = std::vector<std::unique_ptr<Shard>>;

    Shard* shard_of(const std::string& stream_id);
    Shard& place();
    Shard& add_shard();
    void start(Shard& shard, Clock::time_point now);
    void send(Shard& shard, const media_protocol::Message& message);
    void read(Shard& shard);
    void ping(Shard& shard, Clock::time_point now);
    void give_up(Shard& shard, const std::string& why);
    void shard_ended(Shard& shard, int status, Clock::time_point now);
    void isolate(Shard& shard, Clock::time_point now);
    void move(Shard& from, Shard& to, const std::string& stream_id);
    void drop_empty_shards();

    Listener& listener_;
    const std::size_t streams_per_shard_;
    std::map<std::string, media_protocol::UpsertStream> wanted_;
    Shards shards_;
    Isolation isolation_;
};

}  // namespace gatehouse::mediad
