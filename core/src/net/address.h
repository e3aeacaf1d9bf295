// IP addresses, networks and endpoints as values. All functions are pure, none throws.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

namespace gatehouse::net {

// An IPv4 or IPv6 address; IPv4 is kept in its mapped form (::ffff:a.b.c.d), so that one comparison serves both.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const IpAddress&) const = default;
    bool is_v4() const noexcept;
    bool is_loopback() const noexcept;  // 127.0.0.0/8 and ::1
    std::string text() const;           // "127.0.0.1", "2001:db8::1"
};

// Numeric forms only; no zone, no brackets.
std::optional<IpAddress> parse_ip(std::string_view text);
// AF_INET and AF_INET6; anything else is nullopt.
std::optional<IpAddress> ip_of(const sockaddr* address);
// The first 64 bits of an IPv6 address, which is what one subscriber gets; an IPv4 address whole.
IpAddress subscriber_of(const IpAddress& address);

struct IpNetwork {
    IpAddress address;
    unsigned prefix_bits = 128;  // 0..128, over the mapped form

    bool contains(const IpAddress& ip) const noexcept;
};

// "10.0.0.0/8", "::1", "192.0.2.7". Bits beyond the prefix are ignored.
std::optional<IpNetwork> parse_network(std::string_view text);

struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;
};

// "127.0.0.1:3000", "[::]:0".
std::optional<Endpoint> parse_endpoint(std::string_view text);

// Who asked, behind proxies: X-Forwarded-For read from the right, first address that is not a trusted proxy. An entry
// that is not an address ends the walk at the last one that was.
IpAddress client_behind(const IpAddress& peer, std::string_view forwarded_for, const std::vector<IpNetwork>& trusted);

}  // namespace gatehouse::net
