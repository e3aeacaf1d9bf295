// An HTTP client whose answers a test gives.
#pragma once

#include <gatehouse/error.h>
#include <gatehouse/http_client.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::testing {

// Thread-safe. Calls wait until the test answers or fails them; on_body is honoured.
class FakeHttpClient final : public HttpClient {
public:
    struct Call {
        std::uint64_t id = 0;
        HttpClientRequest request;
        Done done;
    };

    HttpCall send(HttpClientRequest request, Done done) override {
        std::lock_guard lock(mutex_);
        const std::uint64_t id = ++sent_;
        targets_.push_back(request.target);
        waiting_.push_back({id, std::move(request), std::move(done)});
        return HttpCall([this, id] { cancel(id); });
    }

    // Every target that was asked for, oldest first.
    std::vector<std::string> targets() const {
        std::lock_guard lock(mutex_);
        return targets_;
    }
    std::size_t waiting() const {
        std::lock_guard lock(mutex_);
        return waiting_.size();
    }
    // The oldest waiting call, for the caller to answer; nothing where none waits.
    std::optional<Call> take() {
        std::lock_guard lock(mutex_);
        if (waiting_.empty()) return std::nullopt;
        Call call = std::move(waiting_.front());
        waiting_.erase(waiting_.begin());
        return call;
    }
    static void answer(const Call& call, int status, const std::string& body) {
        HttpClientResponse response;
        response.status = status;
        if (body.size() > call.request.body_limit_bytes) return fail(call, ErrorCode::kTooLarge);
        if (call.request.on_body && status / 100 == 2) {
            try {
                call.request.on_body(body);
            } catch (...) {
                return call.done({}, std::current_exception());
            }
        } else {
            response.body = body;
        }
        call.done(std::move(response), nullptr);
    }
    static void fail(const Call& call, ErrorCode code) { call.done({}, std::make_exception_ptr(Error(code, "fake"))); }

private:
    void cancel(std::uint64_t id) {
        std::unique_lock lock(mutex_);
        const auto it =
            std::find_if(waiting_.begin(), waiting_.end(), [id](const Call& call) { return call.id == id; });
        if (it == waiting_.end()) return;
        const Call call = std::move(*it);
        waiting_.erase(it);
        lock.unlock();
        fail(call, ErrorCode::kUnavailable);
    }

    mutable std::mutex mutex_;
    std::uint64_t sent_ = 0;
    std::vector<std::string> targets_;
    std::vector<Call> waiting_;
};

}  // namespace gatehouse::testing
