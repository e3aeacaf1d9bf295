#include "http/head_parser.h"

#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cstring>

#include "http/text.h"

namespace gatehouse::http {

namespace {

constexpr std::size_t kShortestChunkedEnd = 5;  // "0\r\n\r\n"

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

Method method_of(beast_http::verb verb) {
    switch (verb) {
        case beast_http::verb::get:
            return Method::kGet;
        case beast_http::verb::head:
            return Method::kHead;
        case beast_http::verb::post:
            return Method::kPost;
        case beast_http::verb::put:
            return Method::kPut;
        case beast_http::verb::patch:
            return Method::kPatch;
        case beast_http::verb::delete_:
            return Method::kDelete;
        case beast_http::verb::options:
            return Method::kOptions;
        default:
            return Method::kOther;
    }
}

bool is_host(std::string_view host) {
    return std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '.' || c == '-' || c == '_' ||
               c == ':' || c == '[' || c == ']' || c == '~' || c == '%';
    });
}

// "HTTP/2.0" at the end of a request line that is one otherwise.
bool has_another_version(std::string_view head) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const auto first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || line.find(' ', first + 1) != last || first == last) return false;
    const std::string_view version = line.substr(last + 1);
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return version.size() == 8 && version.substr(0, 5) == "HTTP/" && digit(version[5]) && version[6] == '.' &&
           digit(version[7]);
}

ParseFailure failure_of(const boost::beast::error_code& error, std::string_view head) {
    if (error == beast_http::error::bad_version && has_another_version(head))
        return {505, "HTTP/1.0 and HTTP/1.1 are spoken here"};
    if (error == beast_http::error::header_limit) return {431, "The request's head is too large"};
    if (error == beast_http::error::bad_method) return {400, "The request line is malformed"};
    if (error == beast_http::error::bad_target) return {400, "The request target is malformed"};
    if (error == beast_http::error::bad_content_length || error == beast_http::error::multiple_content_length)
        return {400, "Content-Length is malformed or contradicts another field"};
    if (error == beast_http::error::bad_transfer_encoding)
        return {400, "Transfer-Encoding is malformed or contradicts another field"};
    if (error == beast_http::error::bad_chunk || error == beast_http::error::bad_chunk_extension)
        return {400, "The chunked body is malformed"};
    return {400, "The request is malformed"};
}

}  // namespace

std::size_t find_head_end(std::string_view bytes, std::size_t from) noexcept {
    from = from > 3 ? from - 3 : 0;
    const auto end = bytes.find("\r\n\r\n", from);
    return end == std::string_view::npos ? 0 : end + 4;
}

bool hopeless(std::string_view bytes, std::size_t from) noexcept {
    for (std::size_t i = from > 0 ? from - 1 : 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        if (byte >= 0x20 || byte == '\t') continue;
        if (byte == '\n' && i > 0 && bytes[i - 1] == '\r') continue;
        if (byte == '\r' && (i + 1 == bytes.size() || bytes[i + 1] == '\n')) continue;
        return true;
    }
    return false;
}

bool HeadParser::parse_head(std::string_view head) {
    head_ = head;
    header_limit(static_cast<std::uint32_t>(head.size() + 1));
    body_limit(boost::none);
    error_code error;
    const std::size_t used = put({head.data(), head.size()}, error);
    if (!failure_ && error) failure_ = failure_of(error, head);
    if (!failure_ && (used != head.size() || !is_header_done())) failure_ = ParseFailure{400, "The head is malformed"};
    if (!failure_) eager(true);
    return !failure_;
}

std::size_t HeadParser::parse_body(std::string_view bytes, std::string& out, std::size_t limit) {
    if (is_done() || failure_ || bytes.empty()) return 0;
    // No chunked body ends in fewer bytes, and Beast 1.81 asserts that it is never asked to go on with less
    // (parse_chunk_header: n >= 5), which a client could otherwise bring about.
    if (chunked() && bytes.size() < kShortestChunkedEnd) return 0;
    body_out_ = &out;
    body_limit_bytes_ = limit;
    error_code error;
    const std::size_t used = put({bytes.data(), bytes.size()}, error);
    if (!failure_ && error && error != beast_http::error::need_more) failure_ = failure_of(error, {});
    return used;
}

void HeadParser::on_chunk_header_impl(std::uint64_t size, string_view, error_code& ec) {
    ec = {};
    if (size > body_limit_bytes_ - std::min(body_limit_bytes_, body_out_->size()))
        refuse(413, "The request's body is too large", ec);
}

std::size_t HeadParser::take(string_view body, error_code& ec) {
    if (body.size() > body_limit_bytes_ - std::min(body_limit_bytes_, body_out_->size())) {
        refuse(413, "The request's body is too large", ec);
        return 0;
    }
    body_out_->append(body.data(), body.size());
    ec = {};
    return body.size();
}

void HeadParser::refuse(int status, const char* message, error_code& ec) {
    failure_ = ParseFailure{status, message};
    ec = beast_http::error::bad_field;
}

void HeadParser::on_request_impl(beast_http::verb verb, string_view method, string_view target, int version,
                                 error_code& ec) {
    ec = {};
    method_ = method_of(verb);
    if (method.size() > 32) refuse(400, "The method is too long", ec);
    target_ = view(target);
    version_ = version;
}

void HeadParser::on_field_impl(beast_http::field id, string_view name, string_view value, error_code& ec) {
    ec = {};
    if (is_header_done()) return;  // a trailer: none of them is understood here, so none is kept
    if (count_ == kMaxFields) return refuse(431, "The request has too many fields", ec);
    // A folded value was put together elsewhere; RFC 9112 section 5.2 lets a server refuse it.
    const bool folded = !value.empty() && (value.data() < head_.data() || value.data() >= head_.data() + head_.size());
    if (folded) return refuse(400, "Folded fields are not accepted", ec);
    Field& field = fields_[count_++];
    field = {view(name), view(value), id};
    if (!check_framing(field, ec)) return;
    if (id == beast_http::field::host) {
        ++hosts_;
        host_ = field.value;
    } else if (id == beast_http::field::expect) {
        expects_continue_ = equal_ignoring_case(field.value, "100-continue");
        if (!expects_continue_) refuse(417, "This expectation cannot be met", ec);
    }
}

// Two readers of one message must never see two lengths (RFC 9112 section 6.3), so the odd forms are refused outright.
bool HeadParser::check_framing(const Field& field, error_code& ec) {
    if (field.id == beast_http::field::content_length) {
        const bool digits = !field.value.empty() && field.value.size() <= 18 &&
                            field.value.find_first_not_of("0123456789") == std::string_view::npos;
        if (++lengths_ > 1 || encodings_ > 0 || !digits)
            refuse(400, "Content-Length is malformed or given twice", ec);
        else
            for (const char c : field.value)
                declared_length_ = declared_length_ * 10 + static_cast<std::uint64_t>(c - '0');
    } else if (field.id == beast_http::field::transfer_encoding) {
        if (++encodings_ > 1 || lengths_ > 0 || version_ == 10)
            refuse(400, "Transfer-Encoding contradicts another field", ec);
        else if (!equal_ignoring_case(field.value, "chunked"))
            refuse(501, "Of the transfer codings only chunked is known here", ec);
    }
    return !failure_;
}

bool HeadParser::check_host(error_code& ec) {
    if (hosts_ == 1 ? is_host(host_) : hosts_ == 0 && version_ == 10) return true;
    refuse(400, hosts_ > 1 ? "Host is given twice" : hosts_ == 0 ? "Host is missing" : "Host is malformed", ec);
    return false;
}

void HeadParser::on_header_impl(error_code& ec) {
    ec = {};
    check_host(ec);
}

std::string_view HeadParser::header(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < count_; ++i)
        if (equal_ignoring_case(fields_[i].name, name)) return fields_[i].value;
    return {};
}

std::string_view HeadParser::header(beast_http::field id) const noexcept {
    for (std::size_t i = 0; i < count_; ++i)
        if (fields_[i].id == id) return fields_[i].value;
    return {};
}

}  // namespace gatehouse::http
