// Calls of handlers, with everything that may go wrong in them.
#pragma once

#include <memory>

#include <Poco/Logger.h>

#include <gatehouse/http.h>

#include "http/route_entry.h"

namespace gatehouse::http {

// A sink that knows when its Responder is dropped by the handler that is being called: an exception on its way out
// drops it as well, and says better than "not answered" what the client should be told.
class CallSink : public Responder::Sink {
public:
    void dropped() final;

    class Scope {
    public:
        explicit Scope(CallSink& sink) noexcept;
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;
        bool dropped() const noexcept { return dropped_; }

    private:
        friend class CallSink;
        CallSink& sink_;
        Scope* outer_;
        bool dropped_ = false;
    };
};

// Calls the handler. A gatehouse::Error that leaves it becomes its status, anything else 500, both logged where the
// fault is ours and counted. Never throws.
void run_handler(RouteEntry& entry, Request& request, const std::shared_ptr<CallSink>& sink, Poco::Logger& logger);

// An answer in the one error shape; retry_after_s 0: no Retry-After.
Response error_response(int status, std::string_view message, std::string_view request_id, int retry_after_s = 0);
// What an exception means to the client. Messages of internal errors stay inside.
Response error_response(const std::exception_ptr& failure, std::string_view request_id);

}  // namespace gatehouse::http
