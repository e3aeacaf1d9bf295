// Listening sockets.
#pragma once

#include <cstdint>
#include <string>

#include <gatehouse/unique_fd.h>

#include "net/address.h"

namespace gatehouse::net {

struct Listener {
    UniqueFd fd;  // non-blocking, close-on-exec
    std::string address;
    std::uint16_t port = 0;            // as bound
    bool group_is_locked_out = false;  // of a unix socket: the group exists, and we may not give the file to it
};

// IPv6 sockets take IPv6 only, so that "[::]" and "0.0.0.0" stand side by side. Throws Error(kUnavailable) that names
// the address and the cause.
Listener listen_tcp(const Endpoint& endpoint);

// False on a kernel that was built or started without IPv6 (ipv6.disable=1).
bool kernel_has_ipv6() noexcept;

// Replaces a socket file nobody listens on any more; one in use is Error(kUnavailable). Mode 0660, and the group where
// it exists and we may give it: we are root or one of its members.
Listener listen_unix(const std::string& path, const std::string& group);

}  // namespace gatehouse::net
