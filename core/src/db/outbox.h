// Facts on their way to durable subscribers. Private to the room.
#pragma once

#include <Poco/Logger.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <gatehouse/db.h>

#include "db/counters.h"
#include "db/writer.h"
#include "exec/worker_pool.h"

namespace gatehouse::db {

class OutboxSubscription;

// What the outbox needs of the pool around it.
struct OutboxPorts {
    // A read transaction in the pool's own name.
    std::function<void(const char* label, const std::function<void(ReadTx&)>&)> read;
    // A write in the pool's own name, waited for.
    std::function<void(const char* label, std::function<void(WriteTx&)>)> write;
    // Queued without waiting.
    std::function<void(const char* label, std::function<void(WriteTx&)>)> write_later;
};

// Thread-safe.
class Outbox {
public:
    // A fact nobody has subscribed to, or whose subscriber has not been seen for so long, is dropped after this time.
    static constexpr std::chrono::hours kKept{24 * 7};

    Outbox(OutboxPorts ports, const Clock& clock, exec::WorkerPool& pool, Counters& counters, Poco::Logger& logger);
    ~Outbox();

    // Error(kConflict) while this owner has a subscription of the same name.
    Registration subscribe(const std::string& owner, const std::string& name, const std::string& type_prefix,
                           std::function<void(const RecordedFact&)> handler);
    // New facts are committed: wakes the subscriptions. Quick, for the writer thread.
    void wake();
    // Wakes subscriptions whose back-off is over, and drops facts that are done with, now and then. For the writer
    // thread.
    void tick();
    // Closes every subscription; waits for handlers that run.
    void stop();

private:
    using Key = std::pair<std::string, std::string>;
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

}  // namespace gatehouse::db
