#include "http/client/response_parser.h"

#include <boost/beast/http/error.hpp>

#include <utility>

namespace gatehouse::http {

namespace beast_http = boost::beast::http;

namespace {

// No chunk header is shorter than the end of a chunked body, "0\r\n\r\n", and Beast 1.81 asserts that it is never asked
// to go on with less.
constexpr std::size_t kShortestChunk = 5;

std::exception_ptr malformed(const std::string& how) {
    return std::make_exception_ptr(Error(ErrorCode::kBadUpstream, "the answer is malformed: " + how));
}

}  // namespace

ResponseParser::ResponseParser(Limits limits, bool head_only, std::function<void(std::string_view)> on_body)
    : limits_(limits), on_body_(std::move(on_body)) {
    header_limit(static_cast<std::uint32_t>(limits.head_bytes));
    body_limit(boost::none);  // counted here, so that the error says which limit it was
    eager(true);
    skip(head_only);
}

std::size_t ResponseParser::feed(std::string_view bytes) {
    std::size_t used = 0;
    while (!is_done() && used < bytes.size()) {
        const std::string_view rest = bytes.substr(used);
        if (is_header_done() && chunked() && rest.size() < kShortestChunk) break;
        error_code error;
        const std::size_t taken = put(boost::asio::const_buffer(rest.data(), rest.size()), error);
        if (failure_) std::rethrow_exception(failure_);
        if (error == beast_http::error::header_limit)
            throw Error(ErrorCode::kTooLarge,
                        "the answer's head is larger than " + std::to_string(limits_.head_bytes) + " bytes");
        if (error && error != beast_http::error::need_more) std::rethrow_exception(malformed(error.message()));
        used += taken;
        if (error == beast_http::error::need_more || taken == 0) break;
    }
    // Beast counts the head only once it is complete, and of a body a chunk's own line and the trailers not at all.
    if (!is_done() && bytes.size() - used > limits_.head_bytes)
        throw Error(ErrorCode::kTooLarge, (is_header_done() ? "a chunk's line or the trailers are larger than "
                                                            : "the answer's head is larger than ") +
                                              std::to_string(limits_.head_bytes) + " bytes");
    return used;
}

void ResponseParser::end_of_input(std::size_t left) {
    error_code error;
    if (left == 0 && is_header_done() && !is_done()) put_eof(error);
    if (error || !is_done())
        throw Error(ErrorCode::kBadUpstream, is_header_done() ? "the answer was cut off in its body"
                                                              : "the connection was closed before the answer");
}

void ResponseParser::refuse(std::exception_ptr why, error_code& ec) {
    failure_ = std::move(why);
    ec = beast_http::error::bad_field;
}

void ResponseParser::too_large(const char* what, error_code& ec) {
    refuse(std::make_exception_ptr(Error(ErrorCode::kTooLarge, std::string("the answer's ") + what + " is too large")),
           ec);
}

void ResponseParser::on_response_impl(int code, string_view, int, error_code& ec) {
    ec = {};
    response_.status = code;
    if (code < 100 || code > 599 || code == 101) refuse(malformed("status " + std::to_string(code)), ec);
}

void ResponseParser::on_field_impl(field, string_view name, string_view value, error_code& ec) {
    ec = {};
    if (is_header_done()) return;  // a trailer: nothing in it is understood here
    if (response_.headers.size() == kMaxFields) return too_large("head", ec);
    response_.headers.emplace_back(std::string(name), std::string(value));
}

void ResponseParser::on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code& ec) {
    ec = {};
    if (length && *length > limits_.body_bytes) too_large("body", ec);
}

void ResponseParser::on_chunk_header_impl(std::uint64_t size, string_view, error_code& ec) {
    ec = {};
    if (size > limits_.body_bytes - body_bytes_) too_large("body", ec);
}

std::size_t ResponseParser::take(string_view body, error_code& ec) {
    ec = {};
    if (body.size() > limits_.body_bytes - body_bytes_) {
        too_large("body", ec);
        return 0;
    }
    body_bytes_ += body.size();
    try {
        if (on_body_ && response_.status / 100 == 2)
            on_body_({body.data(), body.size()});
        else
            response_.body.append(body.data(), body.size());
    } catch (...) {
        refuse(std::current_exception(), ec);
    }
    return body.size();
}

}  // namespace gatehouse::http
