// Timers, events and the database as a plugin sees them.
#include <chrono>
#include <mutex>
#include <thread>

#include <gatehouse/error.h>

#include "plugin/guarded.h"

namespace gatehouse::plugin {

namespace {

// The erased halves of these interfaces are for implementations, of which the guards are one: naming the members
// through a derived class gives access to them on the room behind.
struct OpenEvents : Events {
    static constexpr auto publish = &OpenEvents::publish_any;
    static constexpr auto subscribe_to = &OpenEvents::subscribe_any;
};
struct OpenDatabase : Database {
    static constexpr auto read_from = &OpenDatabase::read_erased;
};

}  // namespace

GuardedScheduler::GuardedScheduler(std::unique_ptr<Scheduler> inner, Firewall& firewall, RegistrationLedger& ledger)
    : inner_(std::move(inner)), firewall_(firewall), ledger_(ledger), posted_(firewall.entry("work")) {}

std::shared_ptr<Scheduler> GuardedScheduler::inner() const {
    const std::lock_guard lock(mutex_);
    if (!inner_) throw Error(ErrorCode::kUnavailable, "the plugin is stopped; nothing can be scheduled");
    return inner_;
}

std::function<void()> GuardedScheduler::guarded(const std::string& kind, const std::string& name,
                                                std::function<void()> work) {
    return [entry = firewall_.entry(kind, name), work = std::move(work)] { entry.call(work); };
}

Registration GuardedScheduler::every(const std::string& name, std::chrono::milliseconds interval,
                                     std::function<void()> work) {
    return ledger_.keep(inner()->every(name, interval, guarded("timer", name, std::move(work))));
}

Registration GuardedScheduler::after(const std::string& name, std::chrono::milliseconds delay,
                                     std::function<void()> work) {
    return ledger_.keep(inner()->after(name, delay, guarded("timer", name, std::move(work))));
}

void GuardedScheduler::post(const std::string& name, std::function<void()> work) {
    inner()->post(name, [entry = posted_, work = std::move(work)] { entry.call(work); });
}

void GuardedScheduler::close() noexcept {
    std::shared_ptr<Scheduler> last;
    const std::lock_guard lock(mutex_);
    last.swap(inner_);
}

GuardedEvents::GuardedEvents(Events& inner, Firewall& firewall, RegistrationLedger& ledger)
    : inner_(inner), firewall_(firewall), ledger_(ledger) {}

void GuardedEvents::publish_any(const std::type_info& type, std::any event) {
    (inner_.*OpenEvents::publish)(type, std::move(event));
}

Registration GuardedEvents::subscribe_any(const std::type_info& type, const std::string& name, std::size_t queue_size,
                                          Overflow overflow, std::function<void(const std::any&)> handler) {
    auto guarded = [entry = firewall_.entry("event", name), handler = std::move(handler)](const std::any& event) {
        entry.call([&] { handler(event); });
    };
    return ledger_.keep((inner_.*OpenEvents::subscribe_to)(type, name, queue_size, overflow, std::move(guarded)));
}

GuardedDatabase::GuardedDatabase(std::unique_ptr<Database> inner, Firewall& firewall, RegistrationLedger& ledger)
    : inner_(std::move(inner)),
      firewall_(firewall),
      ledger_(ledger),
      write_(firewall.entry("database", "write")),
      done_(firewall.entry("database", "write done")) {}

void GuardedDatabase::write_erased(const char* label, Durability durability, std::function<void(WriteTx&)> fn,
                                   std::function<void(std::exception_ptr)> done) {
    auto guarded_done = [entry = done_, done = std::move(done)](std::exception_ptr failure) {
        entry.call([&] { done(std::move(failure)); });
    };
    std::shared_ptr<Database> open;
    try {
        open = inner();
    } catch (const Error&) {
        return guarded_done(std::current_exception());
    }
    // An exception of `fn` undoes its writes and goes to `done`: that is how it is meant, so it is not counted here.
    open->write_erased(
        label, durability, [entry = write_, fn = std::move(fn)](WriteTx& tx) { entry.call_through([&] { fn(tx); }); },
        std::move(guarded_done));
}

std::shared_ptr<Database> GuardedDatabase::inner() const {
    const std::lock_guard lock(mutex_);
    if (!inner_) throw Error(ErrorCode::kUnavailable, "the plugin is stopped; its database is closed");
    return inner_;
}

void GuardedDatabase::close() noexcept {
    std::shared_ptr<Database> last;
    {
        const std::lock_guard lock(mutex_);
        last.swap(inner_);
    }
    // Calls that had begun are over soon; what they queued is written with the rest at its end, which drains the
    // writer.
    while (last.use_count() > 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void GuardedDatabase::read_erased(const char* label, const std::function<void(ReadTx&)>& fn) {
    (inner().get()->*OpenDatabase::read_from)(label, fn);
}

Registration GuardedDatabase::subscribe(const std::string& name, const std::string& type_prefix,
                                        std::function<void(const RecordedFact&)> handler) {
    // The outbox tries a fact again after an exception, so it must see it too.
    auto guarded = [entry = firewall_.entry("fact", name), handler = std::move(handler)](const RecordedFact& fact) {
        if (entry.closed()) throw Error(ErrorCode::kUnavailable, "the plugin is stopped");
        try {
            entry.call_through([&] { handler(fact); });
        } catch (...) {
            entry.report(std::current_exception());
            throw;
        }
    };
    return ledger_.keep(inner()->subscribe(name, type_prefix, std::move(guarded)));
}

}  // namespace gatehouse::plugin
