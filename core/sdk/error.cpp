#include <gatehouse/error.h>

#include <memory>

namespace gatehouse {

int http_status(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::kInvalidArgument:
            return 400;
        case ErrorCode::kUnauthorized:
            return 401;
        case ErrorCode::kForbidden:
            return 403;
        case ErrorCode::kNotFound:
            return 404;
        case ErrorCode::kConflict:
            return 409;
        case ErrorCode::kTooLarge:
            return 413;
        case ErrorCode::kTooManyRequests:
            return 429;
        case ErrorCode::kInternal:
            return 500;
        case ErrorCode::kBadUpstream:
        case ErrorCode::kUnreachable:
            return 502;
        case ErrorCode::kUnavailable:
            return 503;
        case ErrorCode::kUpstreamTimeout:
            return 504;
    }
    return 500;
}

bool retryable(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::kTooManyRequests:
        case ErrorCode::kBadUpstream:
        case ErrorCode::kUnavailable:
        case ErrorCode::kUpstreamTimeout:
        case ErrorCode::kUnreachable:
            return true;
        default:
            return false;
    }
}

std::string_view name(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::kInvalidArgument:
            return "invalid_argument";
        case ErrorCode::kUnauthorized:
            return "unauthorized";
        case ErrorCode::kForbidden:
            return "forbidden";
        case ErrorCode::kNotFound:
            return "not_found";
        case ErrorCode::kConflict:
            return "conflict";
        case ErrorCode::kTooLarge:
            return "too_large";
        case ErrorCode::kTooManyRequests:
            return "too_many_requests";
        case ErrorCode::kInternal:
            return "internal";
        case ErrorCode::kBadUpstream:
            return "bad_upstream";
        case ErrorCode::kUnavailable:
            return "unavailable";
        case ErrorCode::kUpstreamTimeout:
            return "upstream_timeout";
        case ErrorCode::kUnreachable:
            return "unreachable";
    }
    return "internal";
}

Error::Error(ErrorCode error_code, const std::string& message)
    : Poco::Exception(message, http_status(error_code)), error_code_(error_code) {}

// Defined here so that the type information, which catching across plugins needs, exists once, in this library.
Error::~Error() noexcept = default;

const char* Error::name() const noexcept { return "Gatehouse error"; }

const char* Error::className() const noexcept { return "gatehouse::Error"; }

Poco::Exception* Error::clone() const { return std::make_unique<Error>(*this).release(); }

void Error::rethrow() const { throw *this; }

}  // namespace gatehouse
