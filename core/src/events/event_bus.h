// In-memory events between core and plugins, delivered on the worker lane.
#pragma once

#include <Poco/Logger.h>

#include <memory>

#include <gatehouse/events.h>
#include <gatehouse/metrics.h>

#include "exec/worker_pool.h"

namespace gatehouse::events {

// Thread-safe. Withdrawing a subscription waits for a handler that is running, except from inside it, and drops what is
// queued. A handler that throws is logged and counted; the next event follows.
//
// Counted by subscription: gatehouse_events_delivered_total, gatehouse_events_dropped_total,
// gatehouse_events_failed_total. The bus must outlive neither the pool nor the metrics; registrations may outlive the
// bus.
class EventBus final : public Events {
public:
    EventBus(exec::WorkerPool& pool, Metrics& metrics, Poco::Logger& logger);
    ~EventBus() override;

private:
    void publish_any(const std::type_info& type, std::any event) override;
    Registration subscribe_any(const std::type_info& type, const std::string& name, std::size_t queue_size,
                               Overflow overflow, std::function<void(const std::any&)> handler) override;

    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace gatehouse::events
