#include "catalogue/text_rules.h"

#include <algorithm>

#include "catalogue/rtsp_url.h"

namespace gatehouse::catalogue {

namespace {

// Length of the well-formed sequence at the beginning, 0 where there is none (RFC 3629 section 4).
std::size_t sequence_length(std::string_view text) {
    const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const auto between = [](unsigned byte, unsigned low, unsigned high) { return byte >= low && byte <= high; };
    const auto tail = [&](std::size_t i) { return between(at(i), 0x80, 0xbf); };
    const unsigned first = at(0);
    if (first < 0x80) return 1;
    if (between(first, 0xc2, 0xdf)) return tail(1) ? 2 : 0;
    if (between(first, 0xe0, 0xef)) {
        const unsigned low = first == 0xe0 ? 0xa0 : 0x80, high = first == 0xed ? 0x9f : 0xbf;
        return between(at(1), low, high) && tail(2) ? 3 : 0;
    }
    if (between(first, 0xf0, 0xf4)) {
        const unsigned low = first == 0xf0 ? 0x90 : 0x80, high = first == 0xf4 ? 0x8f : 0xbf;
        return between(at(1), low, high) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

// C0, DEL, and C1 in its UTF-8 form: terminals obey both.
bool has_control(std::string_view text, bool lines) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (lines && (byte == '\n' || byte == '\r' || byte == '\t')) continue;
        if (byte < 0x20 || byte == 0x7f) return true;
        if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
    }
    return false;
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string text_problem(std::string_view text, const TextRule& rule) {
    if (text.size() > rule.longest_bytes)
        return "must not be longer than " + std::to_string(rule.longest_bytes) + " bytes";
    if (!is_utf8(text)) return "must be valid UTF-8";
    if (has_control(text, rule.lines)) return "must not contain control characters";
    if (rule.required && std::all_of(text.begin(), text.end(), [](char c) { return c == ' '; }))
        return "must not be empty";
    return {};
}

std::string credential_problem(std::string_view text) { return text_problem(text, {kLongestCredential}); }

}  // namespace gatehouse::catalogue
