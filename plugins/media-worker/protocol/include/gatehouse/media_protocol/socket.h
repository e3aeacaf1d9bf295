#pragma once

#include <string>
#include <utility>

#include <gatehouse/unique_fd.h>

/// SOCK_SEQPACKET unix sockets, close-on-exec and non-blocking. All functions throw std::system_error.
namespace gatehouse::media_protocol {

/// Listens at `path` with the given permission bits. A socket left behind by a dead process is replaced; one that still
/// answers is an error (EADDRINUSE). The name appears when the
/// socket can be connected to. Paths are limited to 103 bytes by the kernel (unix(7)) and the suffix used meanwhile.
UniqueFd listen_at(const std::string& path, unsigned mode);

/// Connects to the worker's socket. Does not block: a unix socket connects at once or fails.
UniqueFd connect_to(const std::string& path);

/// Empty when nobody waits, or when the process has no descriptor left for the newcomer.
UniqueFd accept_from(const UniqueFd& listener);

/// Two connected ends, for a child process.
std::pair<UniqueFd, UniqueFd> make_pair();

}  // namespace gatehouse::media_protocol
