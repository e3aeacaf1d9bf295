#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <gatehouse/media_protocol/channel.h>

#include "breadcrumbs.h"

namespace gatehouse::mediad {

/// The supervisor's side of one shard process: its streams, and the process that pulls them, which may be started any
/// number of times. Not thread-safe.
class ShardProcess {
public:
    using Clock = std::chrono::steady_clock;

    ShardProcess() = default;
    ~ShardProcess();
    ShardProcess(const ShardProcess&) = delete;
    ShardProcess& operator=(const ShardProcess&) = delete;

    /// Starts this program again as a shard. Throws std::system_error; ended() is to be told then as of a crash.
    void start(Clock::time_point now);

    /// Asks the process to end.
    void terminate();

    /// Ends the process whatever it does.
    void kill();

    /// The process was seen to have ended. `crashed` says whether it did so without being asked. Decides when it may be
    /// started again: at once after a long life, later and later after short ones.
    void ended(bool crashed, Clock::time_point now);

    bool running() const noexcept { return pid_ > 0; }
    bool terminating() const noexcept { return terminating_; }
    bool due(Clock::time_point now) const noexcept { return !running() && !streams.empty() && now >= start_at_; }
    Clock::time_point start_at() const noexcept { return start_at_; }
    pid_t pid() const noexcept { return pid_; }
    Clock::time_point started_at() const noexcept { return started_at_; }
    unsigned restarts() const noexcept { return restarts_; }

    /// Present while the process runs and its channel works.
    media_protocol::Channel* channel() noexcept { return channel_ ? &*channel_ : nullptr; }
    void drop_channel() { channel_.reset(); }

    /// Streams that the process was working on when it ended, as far as it left word.
    std::set<std::string> suspects() const;

    std::set<std::string> streams;
    unsigned unexplained_crashes = 0;  ///< in a row, without a suspect
    bool reserved = false;             ///< for one suspicious stream: takes no other
    unsigned unanswered = 0;           ///< pings since it was last heard
    Clock::time_point next_ping{};

private:
    pid_t pid_ = 0;
    bool terminating_ = false;
    std::optional<media_protocol::Channel> channel_;
    BreadcrumbReader crumbs_;
    unsigned restarts_ = 0;
    std::chrono::milliseconds pause_{0};
    Clock::time_point started_at_;
    Clock::time_point start_at_;
};

}  // namespace gatehouse::mediad
