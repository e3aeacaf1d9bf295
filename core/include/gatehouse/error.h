// Errors that cross layers: one exception type with a code that maps to HTTP status, log level and retryability.
//
// Thread-safety: value types. An error text tells an operator what happened and what to do; it never holds a secret.
#pragma once

#include <Poco/Exception.h>

#include <string>
#include <string_view>

namespace gatehouse {

enum class ErrorCode {
    kInvalidArgument,  // 400
    kUnauthorized,     // 401
    kForbidden,        // 403
    kNotFound,         // 404
    kConflict,         // 409
    kTooLarge,         // 413
    kTooManyRequests,  // 429, retryable
    kInternal,         // 500
    kBadUpstream,      // 502, retryable
    kUnavailable,      // 503, retryable
    kUpstreamTimeout,  // 504, retryable
    kUnreachable,      // 502, retryable: no connection could be made, so nothing was asked
};

// HTTP status of a code, as listed above (RFC 9110 section 15).
int http_status(ErrorCode code) noexcept;
// True where the same request may succeed later without being changed.
bool retryable(ErrorCode code) noexcept;
// Stable lower-case name, e.g. "not_found"; used in logs, metrics and JSON.
std::string_view name(ErrorCode code) noexcept;

class Error : public Poco::Exception {
public:
    Error(ErrorCode error_code, const std::string& message);
    Error(const Error&) = default;
    Error& operator=(const Error&) = default;
    ~Error() noexcept override;

    ErrorCode error_code() const noexcept { return error_code_; }

    const char* name() const noexcept override;
    const char* className() const noexcept override;
    Poco::Exception* clone() const override;
    void rethrow() const override;

private:
    ErrorCode error_code_;
};

}  // namespace gatehouse
