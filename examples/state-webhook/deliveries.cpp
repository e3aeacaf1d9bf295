#include "deliveries.h"

#include <gatehouse/error.h>

#include <utility>

#include "back_off.h"

namespace state_webhook {

using gatehouse::HttpClientResponse;

Deliveries::Deliveries(Parts parts, Settings settings, Target target, std::string secret)
    : parts_(parts),
      settings_(std::move(settings)),
      target_(std::move(target)),
      secret_(std::move(secret)),
      dice_(std::random_device{}()) {}

void Deliveries::add(std::string body) {
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
        if (queue_.size() >= static_cast<std::size_t>(settings_.queue)) {
            queue_.erase(queue_.begin() + (under_way_ ? 1 : 0));
            if (!under_way_) last_.failures = 0;
            parts_.dropped.add();
        }
        queue_.push_back(std::move(body));
    }
    turn();
}

void Deliveries::turn() {
    gatehouse::HttpClientRequest request;
    {
        const std::lock_guard lock(mutex_);
        if (stopped_ || under_way_ || queue_.empty() || parts_.clock.monotonic_now() < due_) return;
        under_way_ = true;
        request = request_for(queue_.front());
    }
    // The answer may come before send() returns, and after this object has been let go of.
    auto call = parts_.client.send(std::move(request),
                                   [self = weak_from_this()](HttpClientResponse response, std::exception_ptr failure) {
                                       if (const auto alive = self.lock()) alive->finished(response, failure);
                                   });
    const std::lock_guard lock(mutex_);
    if (under_way_) call_ = std::move(call);
}

gatehouse::HttpClientRequest Deliveries::request_for(const std::string& body) const {
    gatehouse::HttpClientRequest request;
    request.host = target_.host;
    request.port = target_.port;
    request.method = gatehouse::http::Method::kPost;
    request.target = target_.path_and_query;
    request.headers.emplace_back("Content-Type", "application/json");
    if (!secret_.empty()) request.headers.emplace_back(settings_.secret_header, secret_);
    request.body = body;
    request.deadline = settings_.timeout;
    request.body_limit_bytes = 64 * 1024;
    return request;
}

Deliveries::Verdict Deliveries::judge(const HttpClientResponse& response, const std::exception_ptr& failure,
                                      std::string& cause) {
    if (failure) {
        try {
            std::rethrow_exception(failure);
        } catch (const gatehouse::Error& error) {
            // An answer of any length says that it has arrived.
            if (error.error_code() == gatehouse::ErrorCode::kTooLarge) return Verdict::kDelivered;
            cause = error.message();
        } catch (const std::exception& error) {
            cause = error.what();
        }
        return Verdict::kTryAgain;
    }
    if (response.status / 100 == 2) return Verdict::kDelivered;
    cause = "the receiver answered " + std::to_string(response.status);
    const bool may_pass = response.status >= 500 || response.status == 408 || response.status == 429;
    return may_pass ? Verdict::kTryAgain : Verdict::kRefused;
}

void Deliveries::finished(const HttpClientResponse& response, const std::exception_ptr& failure) {
    std::string cause, complaint;
    const Verdict verdict = judge(response, failure, cause);
    {
        const std::lock_guard lock(mutex_);
        under_way_ = false;
        call_ = {};
        if (!stopped_) {
            last_.cause = cause;
            if (verdict == Verdict::kDelivered) {
                parts_.delivered.add();
                forget_oldest();
            } else {
                parts_.failed_attempts.add();
                ++last_.failures;
                const bool give_up = verdict == Verdict::kRefused || last_.failures >= settings_.attempts;
                due_ = parts_.clock.monotonic_now() + back_off(last_.failures, settings_.retry_first,
                                                               settings_.retry_longest,
                                                               std::uniform_real_distribution<>(0, 1)(dice_));
                complaint =
                    give_up ? "An event is given up: " + cause : "An event waits for its next attempt: " + cause;
                if (give_up) {
                    parts_.dropped.add();
                    forget_oldest();
                }
            }
        }
        // Inside the lock: after it stop() may return, and this object go.
        if (!complaint.empty()) parts_.logger.warning(complaint);
        let_go_.notify_all();
    }
    turn();
}

void Deliveries::forget_oldest() {
    queue_.pop_front();
    last_.failures = 0;
}

void Deliveries::stop() {
    gatehouse::HttpCall call;
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        if (!queue_.empty()) parts_.dropped.add(static_cast<double>(queue_.size()));
        queue_.clear();
        call = std::exchange(call_, {});
    }
    call.cancel();
    std::unique_lock lock(mutex_);
    let_go_.wait_for(lock, kStopWait, [this] { return !under_way_; });
}

Deliveries::State Deliveries::state() const {
    const std::lock_guard lock(mutex_);
    State state = last_;
    state.waiting = queue_.size();
    return state;
}

}  // namespace state_webhook
