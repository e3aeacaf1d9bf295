#include "catalogue/rtsp_url.h"

#include <arpa/inet.h>

#include <algorithm>

#include "catalogue/text_rules.h"

namespace gatehouse::catalogue {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

int hex_digit(char c) {
    const char l = lower(c);
    return l >= '0' && l <= '9' ? l - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

bool is_name_host(std::string_view host) {
    return std::all_of(host.begin(), host.end(), [](char c) {
        return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    });
}

bool is_bracketed_ipv6(std::string_view host) {
    if (host.size() < 4 || host.front() != '[' || host.back() != ']') return false;
    in6_addr address{};
    return ::inet_pton(AF_INET6, std::string(host.substr(1, host.size() - 2)).c_str(), &address) == 1;
}

bool read_user_info(std::string_view text, RtspUrl& out, std::string& problem) {
    const auto colon = text.find(':');
    out.user = percent_decoded(text.substr(0, colon));
    if (colon != std::string_view::npos) out.password = percent_decoded(text.substr(colon + 1));
    if (!out.user || (colon != std::string_view::npos && !out.password)) {
        problem = "has a '%' in user name or password that does not begin an escape; write '%' as '%25'";
        return false;
    }
    for (const auto* part : {&out.user, &out.password}) {
        if (!*part) continue;
        if (const auto wrong = credential_problem(**part); !wrong.empty()) {
            problem = "user name or password " + wrong;
            return false;
        }
    }
    return true;
}

bool check_host_and_port(std::string_view authority, RtspUrl& out, std::string& problem) {
    std::string_view host = authority, port;
    const auto bracket = authority.rfind(']');
    const auto colon = authority.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        host = authority.substr(0, colon);
        port = authority.substr(colon + 1);
        const bool digits = !port.empty() && port.size() <= 5 &&
                            std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
        const int number = digits ? std::stoi(std::string(port)) : 0;
        if (number < 1 || number > 65535) {
            problem = "must have a port from 1 to 65535, or none";
            return false;
        }
    }
    if (host.empty()) {
        problem = "must name a host, as in rtsp://192.0.2.10:554/stream";
        return false;
    }
    if (host.size() > 253 || (!is_name_host(host) && !is_bracketed_ipv6(host))) {
        problem = "has a host that is neither a name nor an address (IPv6 goes in brackets)";
        return false;
    }
    out.host.assign(host);
    std::transform(out.host.begin(), out.host.end(), out.host.begin(), lower);
    return true;
}

}  // namespace

std::optional<RtspUrl> parse_rtsp_url(std::string_view text, std::string& problem) {
    if (text.size() > kLongestUrl) {
        problem = "must not be longer than 500 bytes";
        return std::nullopt;
    }
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; })) {
        problem = "must be of printable ASCII without spaces; percent-encode anything else";
        return std::nullopt;
    }
    const auto colon = text.find("://");
    std::string scheme(text.substr(0, colon));
    std::transform(scheme.begin(), scheme.end(), scheme.begin(), lower);
    if (colon == std::string_view::npos || (scheme != "rtsp" && scheme != "rtsps")) {
        problem = "must begin with rtsp:// or rtsps://";
        return std::nullopt;
    }
    const std::string_view rest = text.substr(scheme.size() + 3);
    const auto end = std::min(rest.size(), rest.find_first_of("/?#"));
    std::string_view authority = rest.substr(0, end);
    RtspUrl out;
    if (rest.find('@', end) != std::string_view::npos) {
        // "user:p@a/ss@host": what looks like a path is the rest of a password, which must not be kept in the clear.
        problem =
            "has an '@' after its first '/', '?' or '#'; in a password write these as %2F, %3F and %23, and an '@' of "
            "the "
            "path as %40";
        return std::nullopt;
    }
    // A password with an unescaped '@' is common; the host cannot hold one, so the last '@' ends the user info.
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        if (!read_user_info(authority.substr(0, at), out, problem)) return std::nullopt;
        authority = authority.substr(at + 1);
    }
    if (!check_host_and_port(authority, out, problem)) return std::nullopt;
    out.url = scheme + "://" + std::string(authority) + std::string(rest.substr(end));
    return out;
}

}  // namespace gatehouse::catalogue
