// MediaMTX's control API, one call at a time.
//
// One, because MediaMTX handles writes one after the other anyway and each costs time proportional to its paths
// (v1.20.1, measured): more at once would only queue inside it, in front of everybody else.
#pragma once

#include <gatehouse/http_client.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "api_json.h"
#include "call_pass.h"

namespace gatehouse::mediamtx {

struct ApiPlace {
    std::string host;
    std::uint16_t port = 0;
    std::string authorization;         // "Basic ..." or empty; never logged
    std::shared_ptr<CallPass> pass{};  // instead of it: a password for each call
};
// "Basic ..." of RFC 7617 for "user:password".
std::string basic_authorization(const std::string& user_and_password);

struct ApiAnswer {
    int status = 0;
    std::string body;
};

// Blocks up to `timeout` per call; cancel() ends a call and refuses later ones. Calls from one thread; cancel() and
// set_place() from any.
class ApiClient {
public:
    ApiClient(HttpClient& client, std::chrono::milliseconds timeout) : client_(client), timeout_(timeout) {}

    void set_place(ApiPlace place);
    void cancel();

    // Throws Error: kUnavailable where there is no place yet or it was cancelled, kUnreachable, kBadUpstream,
    // kUpstreamTimeout.
    ApiAnswer call(http::Method method, const std::string& target, std::string body = {});

    // The same with the answer read. Error(kUnauthorized) for 401, Error(kBadUpstream) for everything unexpected.
    std::optional<EngineInfo> info();  // nothing: MediaMTX before 1.15.2
    PathItems paths();
    ConfiguredPaths configured_paths();
    GlobalConfig global();
    RawSettings settings();
    // The refusal's text, redacted, or empty: accepted ("validated", not "applied").
    std::string replace(const std::string& name, const PathConfig& config);
    std::string remove(const std::string& name);  // a missing path counts as removed

    std::uint64_t calls() const noexcept { return calls_.load(); }
    std::uint64_t failures() const noexcept { return failures_.load(); }

private:
    std::string get(const std::string& target);

    HttpClient& client_;
    std::chrono::milliseconds timeout_;
    std::mutex mutex_;
    ApiPlace place_;
    HttpCall current_;
    bool cancelled_ = false;
    std::atomic<std::uint64_t> calls_{0}, failures_{0};
};

}  // namespace gatehouse::mediamtx
