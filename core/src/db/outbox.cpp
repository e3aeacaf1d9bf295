#include "db/outbox.h"

#include <gatehouse/error.h>

#include <atomic>
#include <vector>

#include "db/outbox_subscription.h"

namespace gatehouse::db {
namespace {

constexpr std::chrono::minutes kBetweenSweeps{1};

// Facts that at least one subscriber wanted and that all who want them have had.
constexpr Sql kDropDone =
    "DELETE FROM core_outbox WHERE "
    "EXISTS (SELECT 1 FROM core_outbox_cursor c WHERE substr(core_outbox.type, 1, length(c.type_prefix)) = "
    "c.type_prefix) "
    "AND NOT EXISTS (SELECT 1 FROM core_outbox_cursor c "
    "WHERE substr(core_outbox.type, 1, length(c.type_prefix)) = c.type_prefix AND c.position < core_outbox.id)";
// Old facts that no subscriber who was here lately still waits for. ?1: older than, ?2: seen since.
constexpr Sql kDropOld =
    "DELETE FROM core_outbox WHERE at_us < ?1 AND NOT EXISTS (SELECT 1 FROM core_outbox_cursor c "
    "WHERE substr(core_outbox.type, 1, length(c.type_prefix)) = c.type_prefix AND c.position < core_outbox.id "
    "AND c.last_seen_us >= ?2)";

}  // namespace

struct Outbox::Shared {
    Shared(OutboxPorts p, const Clock& c, exec::WorkerPool& w, Counters& n, Poco::Logger& l)
        : ports(std::make_shared<const OutboxPorts>(std::move(p))),
          clock(c),
          pool(w),
          counters(n),
          logger(l),
          next_sweep(c.monotonic_now() + kBetweenSweeps) {}  // by then subscribers that were away are back

    const std::shared_ptr<const OutboxPorts> ports;
    const Clock& clock;
    exec::WorkerPool& pool;
    Counters& counters;
    Poco::Logger& logger;
    std::mutex mutex;
    std::map<Key, std::shared_ptr<OutboxSubscription>> subscriptions;
    bool stopped = false;
    MonotonicTime next_sweep;

    std::vector<std::shared_ptr<OutboxSubscription>> all() {
        std::vector<std::shared_ptr<OutboxSubscription>> result;
        const std::lock_guard lock(mutex);
        for (const auto& [key, subscription] : subscriptions) result.push_back(subscription);
        return result;
    }

    void sweep(const std::vector<OutboxSubscription::Who>& present, WriteTx& tx) {
        const auto now = clock.utc_now();
        for (const auto& who : present) {
            tx.prepare("UPDATE core_outbox_cursor SET last_seen_us = ? WHERE owner = ? AND name = ?")
                .bind(1, now.us)
                .bind(2, who.owner)
                .bind(3, who.name)
                .run();
        }
        tx.prepare(kDropDone).run();
        const auto oldest = now.us - std::chrono::microseconds(kKept).count();
        tx.prepare(kDropOld).bind(1, oldest).bind(2, oldest).run();
        const auto expired = tx.changes();
        if (expired <= 0) return;
        counters.facts_expired += static_cast<std::uint64_t>(expired);
        logger.warning("[ConnectionPool] " + std::to_string(expired) +
                       " facts without a subscriber dropped after 7 days");
    }
};

Outbox::Outbox(OutboxPorts ports, const Clock& clock, exec::WorkerPool& pool, Counters& counters, Poco::Logger& logger)
    : shared_(std::make_shared<Shared>(std::move(ports), clock, pool, counters, logger)) {}

Outbox::~Outbox() { stop(); }

Registration Outbox::subscribe(const std::string& owner, const std::string& name, const std::string& type_prefix,
                               std::function<void(const RecordedFact&)> handler) {
    const Key key{owner, name};
    auto subscription = std::make_shared<OutboxSubscription>(OutboxSubscription::Who{owner, name, type_prefix},
                                                             std::move(handler), shared_->ports, shared_->clock,
                                                             shared_->pool, shared_->counters, shared_->logger);
    {
        const std::lock_guard lock(shared_->mutex);
        if (shared_->stopped)
            throw Error(ErrorCode::kUnavailable, "outbox subscription " + name + ": the database is closed");
        if (!shared_->subscriptions.emplace(key, subscription).second)
            throw Error(ErrorCode::kConflict, owner + " has an outbox subscription named " + name + " already");
    }
    subscription->wake();
    return Registration([shared = shared_, key, subscription] {
        subscription->close();
        const std::lock_guard lock(shared->mutex);
        const auto found = shared->subscriptions.find(key);
        if (found != shared->subscriptions.end() && found->second == subscription) shared->subscriptions.erase(found);
    });
}

void Outbox::wake() {
    for (const auto& subscription : shared_->all()) subscription->wake();
}

void Outbox::tick() {
    std::vector<OutboxSubscription::Who> present;
    for (const auto& subscription : shared_->all()) {
        subscription->wake_if_due();
        present.push_back(subscription->who());
    }
    const auto now = shared_->clock.monotonic_now();
    if (now < shared_->next_sweep) return;
    shared_->next_sweep = now + kBetweenSweeps;
    shared_->ports->write_later("core.outbox.sweep",
                                [shared = shared_.get(), present](WriteTx& tx) { shared->sweep(present, tx); });
}

void Outbox::stop() {
    decltype(shared_->subscriptions) closing;
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->stopped = true;
        closing.swap(shared_->subscriptions);
    }
    for (const auto& [key, subscription] : closing) subscription->close();
}

}  // namespace gatehouse::db
