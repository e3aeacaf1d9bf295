#include "source_url.h"

#include <arpa/inet.h>

#include <algorithm>

namespace gatehouse::mediamtx {
namespace {

constexpr std::size_t kLongestUrl = 2'048;  // bytes, credentials encoded

bool is_unreserved(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_clean(std::string_view url) {
    for (std::size_t i = 0; i < url.size(); ++i) {
        const auto c = static_cast<unsigned char>(url[i]);
        if (c <= 0x20 || c >= 0x7F || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' ||
            c == '{' || c == '|' || c == '}' || c == '#')
            return false;
        if (c == '%' && (i + 2 >= url.size() || !is_hex(url[i + 1]) || !is_hex(url[i + 2]))) return false;
    }
    return true;
}

// Stricter than MediaMTX (Go's net/url), which ends at start and refuses every change where one address of its file is
// none: a name or IPv4 address, or an IPv6 address in brackets; then a port, or none.
bool is_authority(std::string_view text) {
    const auto bracket = text.rfind(']');
    const auto colon = text.rfind(':');
    std::string_view host = text;
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        const std::string_view port = text.substr(colon + 1);
        if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos)
            return false;
        host = text.substr(0, colon);
    }
    in6_addr address{};
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        return ::inet_pton(AF_INET6, std::string(host.substr(1, host.size() - 2)).c_str(), &address) == 1;
    return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) { return is_unreserved(c) && c != '~'; });
}

}  // namespace

std::string percent_encoded(std::string_view text) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 15U];
    }
    return out;
}

std::optional<std::string> source_url(const std::string& url, const Credentials& credentials, std::string& problem) {
    const auto mark = url.find("://");
    const std::string scheme = url.substr(0, std::min(mark, url.size()));
    if (mark == std::string::npos || (scheme != "rtsp" && scheme != "rtsps")) {
        problem = "the address is not a usable rtsp:// address";
        return std::nullopt;
    }
    const std::string rest = url.substr(mark + 3);
    const std::string authority = rest.substr(0, rest.find_first_of("/?"));
    if (authority.empty() || authority.find('@') != std::string::npos || !is_clean(url)) {
        problem = "the address holds characters that MediaMTX refuses; write them as %XX";
        return std::nullopt;
    }
    if (!is_authority(authority)) {
        problem = "the address names no usable host";
        return std::nullopt;
    }
    std::string out = url;
    if (!credentials.user.empty() || !credentials.password.empty()) {
        if (credentials.user.empty() || credentials.password.empty()) {
            problem = "MediaMTX takes a user and a password or neither: set both for this camera";
            return std::nullopt;
        }
        out = scheme + "://" + percent_encoded(credentials.user) + ":" + percent_encoded(credentials.password) + "@" +
              rest;
    }
    if (out.size() > kLongestUrl) {
        problem = "the address is too long for MediaMTX";
        return std::nullopt;
    }
    return out;
}

}  // namespace gatehouse::mediamtx
