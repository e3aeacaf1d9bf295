// HTTP towards other machines: an asynchronous client for plain HTTP/1.1 (RFC 9112), shared by all plugins.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gatehouse/http.h>

namespace gatehouse {

struct HttpClientRequest {
    std::string host;  // name, IPv4 or IPv6 address (without brackets)
    std::uint16_t port = 80;
    http::Method method = http::Method::kGet;
    std::string target = "/";  // origin form: path and query, already percent-encoded
    // Further fields. Host, User-Agent, Accept, Connection and Content-Length are the client's own.
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};

    std::chrono::milliseconds deadline{10'000};  // for everything from the call to the last byte; 1 ms to 10 min
    std::size_t head_limit_bytes = 16 * 1024;    // of the answer's status line and fields
    std::size_t body_limit_bytes = 1 << 20;      // of the answer's decoded body

    // Where given, the body of a 2xx answer is handed over piece by piece as it arrives, in order, and
    // HttpClientResponse::body stays empty. What it throws ends the exchange and goes to `done`.
    std::function<void(std::string_view piece)> on_body = {};
};

struct HttpClientResponse {
    int status = 0;  // 200 to 599; interim answers (1xx) are skipped. Redirections are not followed
    std::vector<std::pair<std::string, std::string>> headers;  // as received
    std::string body;

    // First value of a field, name in any case; empty where it is absent.
    std::string_view header(std::string_view name) const noexcept;
};

// Ends a call early. Copyable; thread-safe; does not block. Letting go of it does not cancel.
class HttpCall {
public:
    HttpCall() = default;
    explicit HttpCall(std::function<void()> cancel) : cancel_(std::move(cancel)) {}
    // `done` gets Error(kUnavailable) soon, unless it has run already.
    void cancel() const {
        if (cancel_) cancel_();
    }

private:
    std::function<void()> cancel_;
};

// Thread-safe, non-blocking. Connections are kept open and used again, within bounds per origin (host and port); calls
// beyond these wait for their turn, their deadline running. A GET or HEAD that met a connection which its server had
// closed in the meantime is sent once more.
class HttpClient {
public:
    // Called exactly once per call that send() has taken, on the client's own thread and never within send(): it must
    // not block, only hand over or compute shortly. A failure is Error: kUpstreamTimeout (deadline), kTooLarge (head or
    // body beyond its limit), kUnreachable (refused, no route, no such host), kBadUpstream (no connection otherwise,
    // malformed or truncated answer), kUnavailable (cancelled, client stopped, too many calls waiting),
    // kInvalidArgument (a request that cannot be written), or what on_body threw. The response is empty then. After a
    // plugin's stop() nothing of it is called any more.
    using Done = std::function<void(HttpClientResponse response, std::exception_ptr failure)>;

    virtual ~HttpClient() = default;
    // Throws Error(kUnavailable) once the client, or the plugin it was given to, is stopped.
    virtual HttpCall send(HttpClientRequest request, Done done) = 0;
};

}  // namespace gatehouse
