// One durable subscriber and its cursor. Private to the room.
#pragma once

#include <Poco/Logger.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gatehouse/db.h>

#include "db/counters.h"
#include "db/outbox.h"
#include "exec/call_gate.h"
#include "exec/worker_pool.h"

namespace gatehouse::db {

// Thread-safe. At most one turn is posted or running, so facts come in order and one at a time.
class OutboxSubscription : public std::enable_shared_from_this<OutboxSubscription> {
public:
    struct Who {
        std::string owner, name, type_prefix;
    };

    OutboxSubscription(Who who, std::function<void(const RecordedFact&)> handler,
                       std::shared_ptr<const OutboxPorts> ports, const Clock& clock, exec::WorkerPool& pool,
                       Counters& counters, Poco::Logger& logger);

    // There may be something to do.
    void wake();
    // The same, but only where a failed turn waits for its next try and the time has come, or a turn found no room.
    void wake_if_due();
    // Waits for a handler that runs, except from inside it.
    void close();
    const Who& who() const { return who_; }

    // Before the n-th try again (n from 1): 1 s, doubled up to 60 s.
    static std::chrono::milliseconds back_off(unsigned failures);

private:
    void post();
    void turn();
    bool work();
    void register_cursor();
    std::vector<RecordedFact> next_facts() const;
    bool deliver(const std::vector<RecordedFact>& facts);
    void save_cursor();
    void failed(const std::string& why);

    const Who who_;
    std::function<void(const RecordedFact&)> handler_;
    const std::shared_ptr<const OutboxPorts> ports_;
    const Clock& clock_;
    exec::WorkerPool& pool_;
    Counters& counters_;
    Poco::Logger& logger_;
    exec::CallGate gate_;

    // Of the running turn alone.
    bool registered_ = false;
    std::int64_t position_ = 0;
    std::int64_t saved_position_ = 0;

    std::mutex mutex_;
    bool posted_ = false;   // a turn is posted or running
    bool more_ = false;     // woken meanwhile
    bool waiting_ = false;  // for not_before_
    unsigned failures_ = 0;
    MonotonicTime not_before_;
};

}  // namespace gatehouse::db
