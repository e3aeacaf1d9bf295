// Events on their way to the receiver: in order, one at a time, in a bounded queue, tried again with growing pauses.
#pragma once

#include <gatehouse/clock.h>
#include <gatehouse/http_client.h>
#include <gatehouse/metrics.h>

#include <Poco/Logger.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <random>
#include <string>

#include "settings.h"

namespace state_webhook {

// Thread-safe; nothing blocks but stop(). What waits lies in memory and is lost with the process.
class Deliveries : public std::enable_shared_from_this<Deliveries> {
public:
    struct Parts {
        gatehouse::HttpClient& client;
        const gatehouse::Clock& clock;
        gatehouse::Counter& delivered;
        gatehouse::Counter& failed_attempts;
        gatehouse::Counter& dropped;
        Poco::Logger& logger;
    };
    struct State {
        std::size_t waiting = 0;  // the one under way included
        int failures = 0;         // of the oldest event, in a row
        std::string cause;        // of the last one
    };

    // `secret` may be empty. The parts must outlive stop().
    Deliveries(Parts parts, Settings settings, Target target, std::string secret);

    // `body` is JSON. Where the queue is full the oldest event that is not under way makes room.
    void add(std::string body);
    // To be called now and then: sends what is due.
    void turn();
    // Gives up what waits and is under way. Returns when the client has let go, at most `kStopWait` later.
    void stop();
    State state() const;

    static constexpr std::chrono::seconds kStopWait{5};

private:
    enum class Verdict { kDelivered, kTryAgain, kRefused };

    gatehouse::HttpClientRequest request_for(const std::string& body) const;
    void finished(const gatehouse::HttpClientResponse& response, const std::exception_ptr& failure);
    static Verdict judge(const gatehouse::HttpClientResponse& response, const std::exception_ptr& failure,
                         std::string& cause);
    void forget_oldest();

    Parts parts_;
    const Settings settings_;
    const Target target_;
    const std::string secret_;

    mutable std::mutex mutex_;
    std::condition_variable let_go_;
    std::deque<std::string> queue_;
    bool under_way_ = false;  // the front of the queue
    bool stopped_ = false;
    State last_;
    gatehouse::MonotonicTime due_{};
    gatehouse::HttpCall call_;
    std::minstd_rand dice_;
};

}  // namespace state_webhook
