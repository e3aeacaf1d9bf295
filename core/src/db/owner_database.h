// The Database that one owner gets: the pool's readers and writer in that owner's name. Private to the room.
#pragma once

#include <memory>
#include <string>

#include <gatehouse/db.h>

#include "db/access.h"
#include "db/counters.h"
#include "db/outbox.h"
#include "db/read_pool.h"
#include "db/transaction.h"
#include "db/writer.h"

namespace gatehouse::db {

struct PoolParts {
    ReadPool& readers;
    Writer& writer;
    Counters& counters;
    const Clock& clock;
    StatementDeadlines deadlines;
};

// Thread-safe.
class OwnerDatabase final : public Database {
public:
    // `outbox` may be null for the pool's own use.
    OwnerDatabase(PoolParts parts, std::shared_ptr<const Access> access, Outbox* outbox);
    // Waits for its queued writes, whose functions may be code of a plugin that is about to go.
    ~OwnerDatabase() override;

    void write_erased(const char* label, Durability durability, std::function<void(WriteTx&)> fn,
                      std::function<void(std::exception_ptr)> done) override;
    Registration subscribe(const std::string& name, const std::string& type_prefix,
                           std::function<void(const RecordedFact&)> handler) override;

protected:
    void read_erased(const char* label, const std::function<void(ReadTx&)>& fn) override;

private:
    PoolParts parts_;
    std::shared_ptr<const Access> access_;
    Outbox* outbox_;
};

}  // namespace gatehouse::db
