#include "http/path_normaliser.h"

#include <Poco/UTF8Encoding.h>

#include <algorithm>

#include "http/text.h"

namespace gatehouse::http {

namespace {

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool has_dot_segment(std::string_view path) {
    for (auto at = path.find("/."); at != std::string_view::npos; at = path.find("/.", at + 1)) {
        std::string_view segment = path.substr(at + 1, 3);
        segment = segment.substr(0, segment.find('/'));
        if (segment == "." || segment == "..") return true;
    }
    return false;
}

bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(text.data() + at);
        if (*bytes < 0x80) {
            ++at;
            continue;
        }
        const int length = *bytes < 0xc2 ? 0 : *bytes < 0xe0 ? 2 : *bytes < 0xf0 ? 3 : *bytes < 0xf5 ? 4 : 0;
        if (length == 0 || at + static_cast<std::size_t>(length) > text.size() ||
            !Poco::UTF8Encoding::isLegal(bytes, length))
            return false;
        at += static_cast<std::size_t>(length);
    }
    return true;
}

bool decode_path(std::string_view path, std::string& out) {
    out.clear();
    for (std::size_t at = 0; at < path.size(); ++at) {
        if (path[at] != '%') {
            out += path[at];
            continue;
        }
        if (path.size() - at < 3) return false;
        const int high = hex_value(path[at + 1]), low = hex_value(path[at + 2]);
        if (high < 0 || low < 0) return false;
        const int value = high * 16 + low;
        if (value < 0x20 || value == 0x7f || value == '/' || value == '\\') return false;
        out += static_cast<char>(value);
        at += 2;
    }
    return is_utf8(out);
}

// Cuts "http://authority" off; false where the scheme is another.
bool cut_authority(std::string_view& text, std::string_view& authority) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!equal_ignoring_case(text.substr(0, scheme.size()), scheme)) continue;
        text.remove_prefix(scheme.size());
        const auto end = text.find_first_of("/?");
        authority = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end);
        return !authority.empty() && authority.find('@') == std::string_view::npos;
    }
    return false;
}

}  // namespace

std::optional<Target> normalise_target(std::string_view text, std::string& scratch) {
    Target target;
    if (text == "*") {
        target.form = Target::Form::kAsterisk;
        return target;
    }
    if (!is_printable(text) || text.find('#') != std::string_view::npos) return std::nullopt;
    if (text.empty() || (text.front() != '/' && !cut_authority(text, target.authority))) return std::nullopt;
    const auto question = text.find('?');
    target.path = text.substr(0, question);
    if (question != std::string_view::npos) target.query = text.substr(question + 1);
    if (target.path.empty()) target.path = "/";
    if (target.path.find('\\') != std::string_view::npos) return std::nullopt;
    if (target.path.find('%') != std::string_view::npos) {
        if (!decode_path(target.path, scratch)) return std::nullopt;
        target.path = scratch;
    }
    if (has_dot_segment(target.path)) return std::nullopt;
    return target;
}

std::string decode_query(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%' && text.size() - at >= 3) {
            const int high = hex_value(text[at + 1]), low = hex_value(text[at + 2]);
            if (high >= 0 && low >= 0) {
                out += static_cast<char>(high * 16 + low);
                at += 2;
                continue;
            }
        }
        out += text[at] == '+' ? ' ' : text[at];
    }
    return out;
}

std::optional<std::string> query_value(std::string_view query, std::string_view key) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
        const auto equals = pair.find('=');
        if (decode_query(pair.substr(0, equals)) == key)
            return equals == std::string_view::npos ? std::string() : decode_query(pair.substr(equals + 1));
    }
    return std::nullopt;
}

}  // namespace gatehouse::http
