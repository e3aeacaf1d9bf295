#include "http/call_sink.h"

#include <exception>

#include <gatehouse/error.h>

#include "base/failure_text.h"

namespace gatehouse::http {

namespace {

thread_local CallSink::Scope* innermost_scope = nullptr;

}  // namespace

CallSink::Scope::Scope(CallSink& sink) noexcept : sink_(sink), outer_(innermost_scope) { innermost_scope = this; }

CallSink::Scope::~Scope() { innermost_scope = outer_; }

void CallSink::dropped() {
    for (Scope* scope = innermost_scope; scope != nullptr; scope = scope->outer_) {
        if (&scope->sink_ != this) continue;
        scope->dropped_ = true;
        return;
    }
    send(error_response(500, "The request was not answered", request_id()));
}

Response error_response(int status, std::string_view message, std::string_view request_id, int retry_after_s) {
    Response response = Response::json(status, error_json(message, request_id));
    if (retry_after_s > 0) response.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
    return response;
}

Response error_response(const std::exception_ptr& failure, std::string_view request_id) {
    try {
        std::rethrow_exception(failure);
    } catch (const Error& e) {
        const int status = http_status(e.error_code());
        if (status != 500) return error_response(status, e.message(), request_id, retryable(e.error_code()) ? 1 : 0);
    } catch (...) {
        // Told below, without the text: it was not written for strangers.
    }
    return error_response(500, "Internal error", request_id);
}

void run_handler(RouteEntry& entry, Request& request, const std::shared_ptr<CallSink>& sink, Poco::Logger& logger) {
    RouteEntry::Call call(entry);
    if (!call) {
        sink->send(error_response(503, "This function is stopping", sink->request_id(), 1));
        return;
    }
    std::exception_ptr failure;
    bool dropped = false;
    {
        const CallSink::Scope scope(*sink);
        try {
            call.run(request, Responder(sink));
        } catch (...) {
            failure = std::current_exception();
        }
        dropped = scope.dropped();
    }
    if (!failure && !dropped) return;
    Response response = failure ? error_response(failure, sink->request_id())
                                : error_response(500, "The request was not answered", sink->request_id());
    const int status = response.entity->options().status;
    if (status == 500) {
        entry.count_failure();
        logger.error("route %s (%s), request %s: %s", entry.route().name, entry.owner(),
                     std::string(sink->request_id()), failure ? text_of(failure) : "its Responder was dropped unused");
    }
    if (dropped) sink->send(std::move(response));
}

}  // namespace gatehouse::http
