#include "events/event_bus.h"

#include <gatehouse/error.h>

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/failure_text.h"
#include "exec/call_gate.h"

namespace gatehouse::events {
namespace {

constexpr std::size_t kLargestQueue = 65'536;
// After so many events a busy subscription goes to the end of the worker queue, so that others get their turn.
constexpr int kEventsPerTurn = 32;

// One event is shared by all its subscriptions.
using Shared = std::shared_ptr<const std::any>;

class Subscription : public std::enable_shared_from_this<Subscription> {
public:
    Subscription(exec::WorkerPool& pool, Metrics& metrics, Poco::Logger& logger, const std::string& name,
                 std::size_t queue_size, Overflow overflow, std::function<void(const std::any&)> handler)
        : pool_(pool),
          logger_(logger),
          name_(name),
          queue_size_(queue_size),
          overflow_(overflow),
          handler_(std::move(handler)),
          delivered_(metrics.counter("gatehouse_events_delivered_total", "Events handed to a subscriber",
                                     {{"subscription", name}})),
          dropped_(metrics.counter("gatehouse_events_dropped_total", "Events lost to a full queue",
                                   {{"subscription", name}})),
          failed_(metrics.counter("gatehouse_events_failed_total", "Events whose handler threw",
                                  {{"subscription", name}})) {}

    void push(const Shared& event) {
        Shared dropped;  // destroyed outside the lock
        {
            const std::lock_guard lock(mutex_);
            if (closed_) return;
            if (queue_.size() >= queue_size_) {
                dropped_.add();
                if (overflow_ == Overflow::kDropNewest) return;
                dropped = std::move(queue_.front());
                queue_.pop_front();
            }
            queue_.push_back(event);
            if (posted_) return;
            posted_ = true;
        }
        post();
    }

    void close() {
        std::deque<Shared> dropped;
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
            dropped.swap(queue_);
        }
        const bool from_inside = gate_.close();
        if (!from_inside) handler_ = nullptr;
    }

private:
    // At most one turn is posted or running, which keeps the order. A refused post (the pool stops) leaves the queue as
    // it is; the next event tries again.
    void post() {
        if (pool_.try_post("events." + name_, [self = shared_from_this()] { self->turn(); })) return;
        const std::lock_guard lock(mutex_);
        posted_ = false;
    }

    void turn() {
        for (int i = 0; i < kEventsPerTurn; ++i) {
            const Shared event = take();
            if (!event) return;
            deliver(*event);
        }
        post();
    }

    Shared take() {
        const std::lock_guard lock(mutex_);
        if (queue_.empty()) {
            posted_ = false;
            return nullptr;
        }
        Shared event = std::move(queue_.front());
        queue_.pop_front();
        return event;
    }

    void deliver(const std::any& event) {
        const exec::CallGate::Pass pass(gate_);
        if (!pass) return;
        if (const auto failure = failure_of([&] { handler_(event); })) {
            failed_.add();
            logger_.error("event subscription " + name_ + " failed: " + *failure);
        } else {
            delivered_.add();
        }
        // A handler that closed its own subscription lets its captures go here, while it still counts as inside.
        if (gate_.closed()) handler_ = nullptr;
    }

    exec::WorkerPool& pool_;
    Poco::Logger& logger_;
    const std::string name_;
    const std::size_t queue_size_;
    const Overflow overflow_;
    std::function<void(const std::any&)> handler_;
    Counter& delivered_;
    Counter& dropped_;
    Counter& failed_;
    exec::CallGate gate_;
    std::mutex mutex_;
    std::deque<Shared> queue_;
    bool posted_ = false;
    bool closed_ = false;
};

using SubscriptionPtr = std::shared_ptr<Subscription>;
using Subscribers = std::vector<SubscriptionPtr>;

}  // namespace

struct EventBus::State {
    State(exec::WorkerPool& p, Metrics& m, Poco::Logger& l) : pool(p), metrics(m), logger(l) {}

    exec::WorkerPool& pool;
    Metrics& metrics;
    Poco::Logger& logger;
    mutable std::mutex mutex;
    // By typeid name, since every plugin has type_info objects of its own. The lists are immutable snapshots.
    std::map<std::string, std::shared_ptr<const Subscribers>> topics;

    std::shared_ptr<const Subscribers> subscribers(const char* type) const {
        const std::lock_guard lock(mutex);
        const auto topic = topics.find(type);
        return topic == topics.end() ? nullptr : topic->second;
    }

    void add(const std::string& type, const SubscriptionPtr& subscription) {
        const std::lock_guard lock(mutex);
        auto& topic = topics[type];
        auto changed = topic ? std::make_shared<Subscribers>(*topic) : std::make_shared<Subscribers>();
        changed->push_back(subscription);
        topic = std::move(changed);
    }

    void remove(const std::string& type, const SubscriptionPtr& subscription) {
        const std::lock_guard lock(mutex);
        const auto topic = topics.find(type);
        auto changed = std::make_shared<Subscribers>(*topic->second);
        std::erase(*changed, subscription);
        if (changed->empty())
            topics.erase(topic);
        else
            topic->second = std::move(changed);
    }
};

EventBus::EventBus(exec::WorkerPool& pool, Metrics& metrics, Poco::Logger& logger)
    : state_(std::make_shared<State>(pool, metrics, logger)) {}

EventBus::~EventBus() = default;

void EventBus::publish_any(const std::type_info& type, std::any event) {
    const auto subscribers = state_->subscribers(type.name());
    if (!subscribers) return;
    const auto shared = std::make_shared<const std::any>(std::move(event));
    for (const auto& subscription : *subscribers) subscription->push(shared);
}

Registration EventBus::subscribe_any(const std::type_info& type, const std::string& name, std::size_t queue_size,
                                     Overflow overflow, std::function<void(const std::any&)> handler) {
    if (queue_size < 1 || queue_size > kLargestQueue)
        throw Error(ErrorCode::kInvalidArgument,
                    "event subscription " + name + ": the queue must hold 1 to 65536 events");
    auto subscription = std::make_shared<Subscription>(state_->pool, state_->metrics, state_->logger, name, queue_size,
                                                       overflow, std::move(handler));
    state_->add(type.name(), subscription);
    return Registration([state = state_, type_name = std::string(type.name()), subscription] {
        state->remove(type_name, subscription);
        subscription->close();
    });
}

}  // namespace gatehouse::events
