// Heads, targets and bodies of requests. Whatever the bytes: views stay inside them, no message has two lengths, no
// field that is let through holds a control character, a path that is let through holds no dot segment, and a body
// reads the same however it is cut.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/accept_encoding.h"
#include "http/conditional.h"
#include "http/head_parser.h"
#include "http/path_normaliser.h"
#include "net/address.h"

using namespace gatehouse::http;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

bool inside(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

bool holds_controls(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && byte != '\t') || byte == 0x7f;
    });
}

void check_path(std::string_view path) {
    require(!path.empty() && path.front() == '/');
    require(path.find('\0') == std::string_view::npos && path.find('\\') == std::string_view::npos);
    for (std::size_t at = 0; at < path.size();) {
        const auto slash = path.find('/', at + 1);
        const auto segment = path.substr(at + 1, (slash == std::string_view::npos ? path.size() : slash) - at - 1);
        require(segment != "." && segment != "..");
        at = slash == std::string_view::npos ? path.size() : slash;
    }
}

struct Body {
    std::string text;
    std::size_t used = 0;
    bool done = false;
};

Body read_body(std::string_view head, std::string_view bytes, std::size_t step) {
    FieldStore fields;
    HeadParser parser(fields);
    require(parser.parse_head(head));
    Body body;
    std::string pending;
    for (std::size_t at = 0; at < bytes.size() && parser.expects_body() && !parser.failure(); at += step) {
        pending += bytes.substr(at, step);
        const std::size_t used = parser.parse_body(pending, body.text, 4096);
        require(used <= pending.size());
        pending.erase(0, used);
        body.used += used;
    }
    body.done = parser.body_done();
    require(body.text.size() <= 4096);
    return body;
}

void check_request(std::string_view head, std::string_view rest) {
    FieldStore fields;
    HeadParser parser(fields);
    if (!parser.parse_head(head)) {
        require(parser.failure().has_value() && parser.failure()->status >= 400);
        return;
    }
    unsigned lengths = 0, codings = 0;
    for (std::size_t i = 0; i < parser.field_count(); ++i) {
        require(inside(parser.field(i).name, head) && inside(parser.field(i).value, head));
        require(!parser.field(i).name.empty() && parser.field(i).name.find_first_of(" \t:") == std::string_view::npos);
        require(!holds_controls(parser.field(i).name) && !holds_controls(parser.field(i).value));
        lengths += parser.field(i).id == beast_http::field::content_length;
        codings += parser.field(i).id == beast_http::field::transfer_encoding;
    }
    require(lengths + codings <= 1);
    require(inside(parser.target(), head) && inside(parser.host(), head));
    std::string scratch;
    if (const auto target = normalise_target(parser.target(), scratch);
        target && target->form == Target::Form::kOrigin) {
        check_path(target->path);
        (void)query_value(target->query, "q");
    }
    (void)choose_coding(parser.header("Accept-Encoding"), true, true);
    (void)none_match_hits(parser.header("If-None-Match"), "\"x\"");
    (void)gatehouse::net::client_behind({}, parser.header("X-Forwarded-For"), {{{}, 0}});
    if (!parser.expects_body()) return;
    const Body whole = read_body(head, rest, rest.size() + 1), cut = read_body(head, rest, 1);
    // One that is malformed at its very end may be found out later, when it comes in pieces, but is never accepted.
    require(whole.done == cut.done);
    if (whole.done) require(whole.text == cut.text && whole.used == cut.used);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (size > 20'000) return 0;
    const std::size_t end = find_head_end(bytes, 0);
    if (end == 0) {
        (void)hopeless(bytes);
        std::string scratch;
        if (const auto target = normalise_target(bytes, scratch); target && target->form == Target::Form::kOrigin)
            check_path(target->path);
        return 0;
    }
    check_request(bytes.substr(0, end), bytes.substr(end));
    return 0;
}
