#include "http/answer.h"

#include <Poco/Net/HTTPResponse.h>

#include <algorithm>
#include <charconv>

#include "http/conditional.h"
#include "http/exchange.h"
#include "http/range.h"
#include "http/text.h"

namespace gatehouse::http {

namespace {

void append_number(std::string& out, std::uint64_t number) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, static_cast<std::size_t>(end - digits));
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

// Handlers build values from what clients sent; a line break in one must not become a field.
void append_foreign_field(std::string& out, std::string_view name, std::string_view value) {
    for (const std::string_view ours : {"Content-Length", "Transfer-Encoding", "Connection", "Date"})
        if (equal_ignoring_case(name, ours)) return;
    const auto is_name_char = [](char c) { return c > 0x20 && c < 0x7f && c != ':'; };
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_char)) return;
    out.append(name).append(": ");
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7f ? ' ' : c;
    }
    out.append("\r\n");
}

void append_status_line(std::string& out, int status) {
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::uint64_t>(status));
    out.append(" ")
        .append(Poco::Net::HTTPResponse::getReasonForStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(status)))
        .append("\r\n");
}

bool begins_with_content(std::string_view name) { return equal_ignoring_case(name.substr(0, 8), "content-"); }

// The fields of a 200 that a 304, 206 or 416 in its place carries too (RFC 9110 sections 15.4.5 and 15.3.7).
void append_validators(std::string& out, const Entity::Options& options, bool with_content_fields) {
    if (!options.etag.empty()) append_field(out, "ETag", options.etag);
    if (!options.cache_control.empty()) append_field(out, "Cache-Control", options.cache_control);
    if (options.accept_ranges) append_field(out, "Accept-Ranges", "bytes");
    append_field(out, "X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : options.headers)
        if (with_content_fields || !begins_with_content(name)) append_field(out, name, value);
}

// Bytes outside printable ASCII do not belong into a field.
void append_escaped_path(std::string& out, std::string_view path) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7f)
            out += c;
        else
            ((out += '%') += kHex[byte >> 4]) += kHex[byte & 15];
    }
}

void append_cors(std::string& out, const Exchange& exchange) {
    const Method method = exchange.head->method();
    const bool reads = method == Method::kGet || method == Method::kHead;
    if (exchange.entry && exchange.entry->route().any_origin && reads) {
        out.append("Access-Control-Allow-Origin: *\r\n");
        return;
    }
    if (exchange.origin == Cors::Verdict::kAllowed || (exchange.origin == Cors::Verdict::kSameOrigin && !reads)) {
        append_foreign_field(out, "Access-Control-Allow-Origin", exchange.header("Origin"));
        out.append("Access-Control-Allow-Credentials: true\r\n");
    }
    if (exchange.shared->cors.varies()) out.append("Vary: Origin\r\n");
}

void append_own_fields(std::string& out, const Exchange& exchange, std::string_view date_line) {
    out.append(date_line);
    if (exchange.close_after)
        out.append("Connection: close\r\n");
    else if (exchange.head->http_1_0())
        out.append("Connection: keep-alive\r\n");
    append_cors(out, exchange);
    if (exchange.peer->secure) out.append(exchange.shared->transport_security);
    if (exchange.cache_state != Exchange::CacheState::kNone) {
        const bool hit = exchange.cache_state == Exchange::CacheState::kHit;
        out.append(hit ? "X-Cache: HIT\r\nX-Cache-Key: " : "X-Cache: MISS\r\nX-Cache-Key: ");
        append_escaped_path(out, exchange.path());
        out.append("\r\n");
    }
    for (const auto& [name, value] : exchange.response.headers) append_foreign_field(out, name, value);
    if (exchange.status >= 400) {
        append_field(out, "X-Request-Id", exchange.request_id());
        if (exchange.response.entity->options().cache_control.empty()) append_field(out, "Cache-Control", "no-store");
    }
    out.append("\r\n");
}

ByteRange wanted_range(const Exchange& exchange, const Entity& entity) {
    if (!entity.options().accept_ranges || exchange.head->method() != Method::kGet) return {};
    const std::string_view range = exchange.head->header(beast_http::field::range);
    if (range.empty()) return {};
    if (!if_range_allows(exchange.head->header(beast_http::field::if_range), entity.options().etag)) return {};
    return parse_range(range, entity.body().size());
}

void set_body(Exchange& exchange, const Body& body, std::uint64_t first, std::uint64_t length) {
    if (exchange.head->method() == Method::kHead) return;
    if (body.is_file()) {
        exchange.file_offset = body.file_offset() + first;
        exchange.file_left = length;
    } else {
        exchange.parts[2] = body.memory().substr(static_cast<std::size_t>(first), static_cast<std::size_t>(length));
    }
}

void compose_not_modified(Exchange& exchange, const Entity& entity, std::string_view date_line) {
    exchange.status = 304;
    append_status_line(exchange.tail, 304);
    append_validators(exchange.tail, entity.options(), false);
    append_own_fields(exchange.tail, exchange, date_line);
}

void compose_part(Exchange& exchange, const Entity& entity, const ByteRange& range, std::string_view date_line) {
    std::string& out = exchange.tail;
    const bool fits = range.kind == ByteRange::Kind::kPart;
    exchange.status = fits ? 206 : 416;
    append_status_line(out, exchange.status);
    if (fits && !entity.options().content_type.empty())
        append_field(out, "Content-Type", entity.options().content_type);
    out.append("Content-Length: ");
    append_number(out, range.length);
    out.append("\r\nContent-Range: bytes ");
    if (fits) {
        append_number(out, range.first);
        out += '-';
        append_number(out, range.first + range.length - 1);
    } else {
        out += '*';
    }
    out += '/';
    append_number(out, entity.body().size());
    out.append("\r\n");
    append_validators(out, entity.options(), fits);
    append_own_fields(out, exchange, date_line);
    if (fits) set_body(exchange, entity.body(), range.first, range.length);
}

}  // namespace

void compose_answer(Exchange& exchange, std::string_view date_line) {
    if (!exchange.response.entity) exchange.response = error_response(500, "Internal error", exchange.request_id());
    const Entity& entity = *exchange.response.entity;
    exchange.status = entity.options().status;
    if (exchange.response.close) exchange.close_after = true;
    const Method method = exchange.head->method();
    if (exchange.status == 200 && (method == Method::kGet || method == Method::kHead)) {
        if (none_match_hits(exchange.head->header(beast_http::field::if_none_match), entity.options().etag)) {
            compose_not_modified(exchange, entity, date_line);
            exchange.parts[1] = exchange.tail;
            return;
        }
        const ByteRange range = wanted_range(exchange, entity);
        if (range.kind != ByteRange::Kind::kWhole) {
            compose_part(exchange, entity, range, date_line);
            exchange.parts[1] = exchange.tail;
            return;
        }
    }
    exchange.parts[0] = entity.head();
    append_own_fields(exchange.tail, exchange, date_line);
    exchange.parts[1] = exchange.tail;
    set_body(exchange, entity.body(), 0, entity.body().size());
}

}  // namespace gatehouse::http
