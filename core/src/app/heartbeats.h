// Real heartbeats for the watchdog: each part of the process must have answered lately.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gatehouse/clock.h>
#include <gatehouse/registration.h>
#include <gatehouse/scheduler.h>

#include "db/database_pool.h"
#include "http/front.h"

namespace gatehouse::app {

// ask() and late() from the main thread.
class Heartbeats {
public:
    // Everything must outlive it.
    Heartbeats(const Clock& clock, Scheduler& scheduler, db::DatabasePool& database, const http::Front& front);

    // Sends the next question to the writer; the timer's beat on the worker lane comes by itself. Never blocks.
    void ask();
    // Parts that have not answered for longer than `limit`, by name; empty when all is well.
    std::vector<std::string> late(std::chrono::milliseconds limit) const;

private:
    struct Beat {
        std::atomic<std::int64_t> at_ns{0};  // monotonic
        std::atomic<bool> asked{false};
    };
    bool is_late(const Beat& beat, std::chrono::milliseconds limit) const noexcept;

    const Clock& clock_;
    db::DatabasePool& database_;
    const http::Front& front_;
    std::shared_ptr<Beat> worker_ = std::make_shared<Beat>(), writer_ = std::make_shared<Beat>();
    Registration timer_;
};

}  // namespace gatehouse::app
