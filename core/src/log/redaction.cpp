#include "log/redaction.h"

#include <gatehouse/redaction.h>

#include <algorithm>
#include <array>

namespace gatehouse::log {

namespace {

constexpr std::string_view kHidden = "***";
constexpr std::string_view kBlanks = " \t";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool starts_with_word(std::string_view text, std::string_view word) {
    return text.size() >= word.size() &&
           std::equal(word.begin(), word.end(), text.begin(), [](char w, char t) { return w == lower(t); });
}

struct Found {
    std::size_t value_begin;
    std::size_t value_end;
};

// The value after a word at `after`: an optional quote that closes the key, '=' or ':', blanks, then the value.
bool find_value(std::string_view text, std::size_t after, std::string_view ends, Found& found) {
    auto at = after;
    if (at < text.size() && text[at] == '\\') ++at;  // a quote inside quoted JSON
    if (at < text.size() && (text[at] == '"' || text[at] == '\'')) ++at;
    at = std::min(text.find_first_not_of(kBlanks, at), text.size());
    if (at == text.size() || (text[at] != '=' && text[at] != ':')) return false;
    at = std::min(text.find_first_not_of(kBlanks, at + 1), text.size());
    if (at < text.size() && text[at] == '\\') ++at;
    if (at < text.size() && (text[at] == '"' || text[at] == '\'')) {
        const char quote = text[at];
        auto end = ++at;
        while (end < text.size() && text[end] != quote) end += text[end] == '\\' ? 2U : 1U;
        found = {at, std::min(end, text.size())};
    } else {
        found = {at, std::min(text.find_first_of(ends, at), text.size())};
    }
    return found.value_end > found.value_begin;
}

constexpr std::array<std::string_view, 9> kKeys = {"password", "passwd",  "passphrase", "pwd",   "secret",
                                                   "token",    "api_key", "api-key",    "apikey"};
constexpr std::array<std::string_view, 2> kLines = {"authorization", "cookie"};

bool find_secret(std::string_view text, std::size_t at, Found& found) {
    for (const auto word : kKeys)
        if (starts_with_word(text.substr(at), word) && find_value(text, at + word.size(), " \t\r\n&,;)}]\"'", found))
            return true;
    for (const auto word : kLines)
        if (starts_with_word(text.substr(at), word) && find_value(text, at + word.size(), "\r\n\"'", found))
            return true;
    constexpr std::string_view kBearer = "bearer ";
    if (!starts_with_word(text.substr(at), kBearer)) return false;
    const auto begin = std::min(text.find_first_not_of(kBlanks, at + kBearer.size()), text.size());
    found = {begin, std::min(text.find_first_of(" \t\r\n,;\"'", begin), text.size())};
    return found.value_end > found.value_begin;
}

}  // namespace

std::string redacted(std::string_view raw) {
    const std::string text = without_url_credentials(raw);
    const std::string_view view = text;
    std::string out;
    for (std::size_t at = 0; at < view.size();) {
        Found found{};
        if (find_secret(view, at, found)) {
            out.append(view.substr(at, found.value_begin - at)).append(kHidden);
            at = found.value_end;
        } else {
            out += view[at++];
        }
    }
    return out;
}

std::string one_line(std::string_view text) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n')
            out += "\\n";
        else if (c == '\t')
            out += "\\t";
        else if (byte < 0x20 || byte == 0x7f)
            ((out += "\\x") += kHex[byte >> 4]) += kHex[byte & 15];
        else
            out += c;
    }
    return out;
}

}  // namespace gatehouse::log
