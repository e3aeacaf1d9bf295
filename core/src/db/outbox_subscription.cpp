#include "db/outbox_subscription.h"

#include <algorithm>
#include <optional>

#include "base/failure_text.h"

namespace gatehouse::db {
namespace {

constexpr int kFactsAtOnce = 32;
constexpr std::chrono::milliseconds kFirstBackOff{1000};
constexpr std::chrono::milliseconds kLongestBackOff{60'000};

}  // namespace

OutboxSubscription::OutboxSubscription(Who who, std::function<void(const RecordedFact&)> handler,
                                       std::shared_ptr<const OutboxPorts> ports, const Clock& clock,
                                       exec::WorkerPool& pool, Counters& counters, Poco::Logger& logger)
    : who_(std::move(who)),
      handler_(std::move(handler)),
      ports_(std::move(ports)),
      clock_(clock),
      pool_(pool),
      counters_(counters),
      logger_(logger) {}

std::chrono::milliseconds OutboxSubscription::back_off(unsigned failures) {
    constexpr unsigned kDoublings = 6;
    const auto shift = std::min(failures == 0 ? 0u : failures - 1, kDoublings);
    return std::min(kFirstBackOff * (1 << shift), kLongestBackOff);
}

void OutboxSubscription::wake() {
    {
        const std::lock_guard lock(mutex_);
        more_ = true;
        if (posted_ || waiting_) return;
        posted_ = true;
    }
    post();
}

void OutboxSubscription::wake_if_due() {
    {
        const std::lock_guard lock(mutex_);
        const bool due = waiting_ && clock_.monotonic_now() >= not_before_;
        if (posted_ || !due) return;
        waiting_ = false;
        posted_ = true;
    }
    post();
}

void OutboxSubscription::post() {
    if (pool_.try_post(who_.owner, [self = shared_from_this()] { self->turn(); })) return;
    // The owner's queue is full or the pool stops; the next tick tries again.
    const std::lock_guard lock(mutex_);
    posted_ = false;
    waiting_ = true;
    not_before_ = clock_.monotonic_now();
}

void OutboxSubscription::turn() {
    bool again = false;
    {
        const exec::CallGate::Pass pass(gate_);
        if (!pass) return;
        {
            const std::lock_guard lock(mutex_);
            more_ = false;
        }
        again = work();
        if (gate_.closed()) {
            handler_ = nullptr;
            return;
        }
    }
    {
        const std::lock_guard lock(mutex_);
        if (waiting_ || (!again && !more_)) {
            posted_ = false;
            return;
        }
    }
    // Through the queue, so that others get their turn.
    post();
}

// One bunch of facts. True where there may be more.
bool OutboxSubscription::work() {
    std::vector<RecordedFact> facts;
    const auto trouble = failure_of([&] {
        if (!registered_) register_cursor();
        facts = next_facts();
    });
    if (trouble) {
        failed(*trouble);
        return false;
    }
    const bool delivered = deliver(facts);
    const auto unsaved = failure_of([&] { save_cursor(); });
    if (unsaved && delivered) failed(*unsaved);
    if (!delivered || unsaved) return false;
    if (!facts.empty()) {
        const std::lock_guard lock(mutex_);
        failures_ = 0;
    }
    return facts.size() == static_cast<std::size_t>(kFactsAtOnce);
}

void OutboxSubscription::register_cursor() {
    ports_->write("core.outbox.register", [this](WriteTx& tx) {
        tx.prepare(
              "INSERT INTO core_outbox_cursor (owner, name, type_prefix, position, last_seen_us) "
              "VALUES (?, ?, ?, 0, ?) ON CONFLICT (owner, name) DO UPDATE "
              "SET type_prefix = excluded.type_prefix, last_seen_us = excluded.last_seen_us")
            .bind(1, who_.owner)
            .bind(2, who_.name)
            .bind(3, who_.type_prefix)
            .bind(4, clock_.utc_now().us)
            .run();
        auto& query = tx.prepare("SELECT position FROM core_outbox_cursor WHERE owner = ? AND name = ?");
        query.bind(1, who_.owner).bind(2, who_.name);
        if (query.step()) position_ = saved_position_ = query.integer(0);
    });
    registered_ = true;
}

std::vector<RecordedFact> OutboxSubscription::next_facts() const {
    std::vector<RecordedFact> facts;
    ports_->read("core.outbox.next", [&](ReadTx& tx) {
        auto& query = tx.prepare(
            "SELECT id, at_us, source, type, subject, payload FROM core_outbox "
            "WHERE id > ?1 AND substr(type, 1, length(?2)) = ?2 ORDER BY id LIMIT ?3");
        query.bind(1, position_).bind(2, who_.type_prefix).bind(3, kFactsAtOnce);
        while (query.step())
            facts.push_back({query.integer(0), UtcTime{query.integer(1)}, query.text(2),
                             Fact{query.text(3), query.text(4), query.text(5)}});
    });
    return facts;
}

bool OutboxSubscription::deliver(const std::vector<RecordedFact>& facts) {
    for (const auto& fact : facts) {
        if (gate_.closed()) return true;
        if (const auto trouble = failure_of([&] { handler_(fact); })) {
            ++counters_.facts_retried;
            failed("fact " + std::to_string(fact.id) + " (" + fact.fact.type + "): " + *trouble);
            return false;
        }
        ++counters_.facts_delivered;
        position_ = fact.id;
    }
    return true;
}

void OutboxSubscription::save_cursor() {
    if (position_ == saved_position_) return;
    ports_->write("core.outbox.cursor", [this, position = position_](WriteTx& tx) {
        tx.prepare("UPDATE core_outbox_cursor SET position = ?, last_seen_us = ? WHERE owner = ? AND name = ?")
            .bind(1, position)
            .bind(2, clock_.utc_now().us)
            .bind(3, who_.owner)
            .bind(4, who_.name)
            .run();
    });
    saved_position_ = position_;
}

void OutboxSubscription::failed(const std::string& why) {
    std::chrono::milliseconds wait{};
    {
        const std::lock_guard lock(mutex_);
        wait = back_off(++failures_);
        waiting_ = true;
        not_before_ = clock_.monotonic_now() + wait;
    }
    logger_.warning("outbox subscription " + who_.name + " of " + who_.owner + " tries again in " +
                    std::to_string(wait.count()) + " ms: " + why);
}

void OutboxSubscription::close() {
    const bool from_inside = gate_.close();
    if (!from_inside) handler_ = nullptr;
}

}  // namespace gatehouse::db
