#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace gatehouse::net {

namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

template <class Number>
std::optional<Number> parse_number(std::string_view text, unsigned max) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty() || value > max) return std::nullopt;
    return static_cast<Number>(value);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

// Entries of X-Forwarded-For are written by many programs: bare, in brackets, with a port.
std::optional<IpAddress> parse_forwarded(std::string_view text) {
    text = trimmed(text);
    if (auto ip = parse_ip(text)) return ip;
    if (text.size() > 2 && text.front() == '[') {
        const auto close = text.find(']');
        return close == std::string_view::npos ? std::nullopt : parse_ip(text.substr(1, close - 1));
    }
    const auto colon = text.find(':');
    return colon == std::string_view::npos ? std::nullopt : parse_ip(text.substr(0, colon));
}

bool any_contains(const std::vector<IpNetwork>& networks, const IpAddress& ip) {
    return std::any_of(networks.begin(), networks.end(), [&](const IpNetwork& n) { return n.contains(ip); });
}

}  // namespace

bool IpAddress::is_v4() const noexcept { return std::equal(kMapped.begin(), kMapped.end(), bytes.begin()); }

bool IpAddress::is_loopback() const noexcept {
    if (is_v4()) return bytes[12] == 127;
    return std::all_of(bytes.begin(), bytes.end() - 1, [](std::uint8_t b) { return b == 0; }) && bytes[15] == 1;
}

std::string IpAddress::text() const {
    char buffer[INET6_ADDRSTRLEN] = {};
    const bool v4 = is_v4();
    ::inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? bytes.data() + 12 : bytes.data(), buffer, sizeof buffer);
    return buffer;
}

std::optional<IpAddress> parse_ip(std::string_view text) {
    char buffer[INET6_ADDRSTRLEN] = {};
    if (text.empty() || text.size() >= sizeof buffer) return std::nullopt;
    std::memcpy(buffer, text.data(), text.size());
    if (std::memchr(buffer, '\0', text.size()) != nullptr) return std::nullopt;
    IpAddress ip;
    if (::inet_pton(AF_INET6, buffer, ip.bytes.data()) == 1) return ip;
    std::copy(kMapped.begin(), kMapped.end(), ip.bytes.begin());
    if (::inet_pton(AF_INET, buffer, ip.bytes.data() + 12) == 1) return ip;
    return std::nullopt;
}

std::optional<IpAddress> ip_of(const sockaddr* address) {
    IpAddress ip;
    if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address, sizeof v6);
        std::memcpy(ip.bytes.data(), &v6.sin6_addr, 16);
        return ip;
    }
    if (address->sa_family != AF_INET) return std::nullopt;
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    std::copy(kMapped.begin(), kMapped.end(), ip.bytes.begin());
    std::memcpy(ip.bytes.data() + 12, &v4.sin_addr, 4);
    return ip;
}

IpAddress subscriber_of(const IpAddress& address) {
    IpAddress result = address;
    if (!address.is_v4()) std::fill(result.bytes.begin() + 8, result.bytes.end(), std::uint8_t{0});
    return result;
}

bool IpNetwork::contains(const IpAddress& ip) const noexcept {
    const std::size_t whole = prefix_bits / 8;
    if (!std::equal(ip.bytes.begin(), ip.bytes.begin() + static_cast<std::ptrdiff_t>(whole), address.bytes.begin()))
        return false;
    const unsigned rest = prefix_bits % 8;
    return rest == 0 || ((ip.bytes[whole] ^ address.bytes[whole]) >> (8 - rest)) == 0;
}

std::optional<IpNetwork> parse_network(std::string_view text) {
    const auto slash = text.find('/');
    const auto ip = parse_ip(text.substr(0, slash));
    if (!ip) return std::nullopt;
    if (slash == std::string_view::npos) return IpNetwork{*ip, 128};
    const auto bits = parse_number<unsigned>(text.substr(slash + 1), ip->is_v4() ? 32 : 128);
    if (!bits) return std::nullopt;
    return IpNetwork{*ip, ip->is_v4() ? *bits + 96 : *bits};
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const bool brackets = host.front() == '[' && host.back() == ']';
    if (brackets) host = host.substr(1, host.size() - 2);
    const auto ip = parse_ip(host);
    const auto port = parse_number<std::uint16_t>(text.substr(colon + 1), 65535);
    if (!ip || !port || brackets == ip->is_v4()) return std::nullopt;
    return Endpoint{*ip, *port};
}

IpAddress client_behind(const IpAddress& peer, std::string_view forwarded_for, const std::vector<IpNetwork>& trusted) {
    IpAddress client = peer;
    while (!forwarded_for.empty() && any_contains(trusted, client)) {
        const auto comma = forwarded_for.rfind(',');
        const bool last = comma == std::string_view::npos;
        const auto entry = parse_forwarded(last ? forwarded_for : forwarded_for.substr(comma + 1));
        if (!entry) break;
        client = *entry;
        forwarded_for = last ? std::string_view() : forwarded_for.substr(0, comma);
    }
    return client;
}

}  // namespace gatehouse::net
