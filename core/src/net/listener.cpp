#include "net/listener.h"

#include <grp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <gatehouse/error.h>

namespace gatehouse::net {

namespace {

constexpr int kBacklog = 4096;  // the kernel caps it at net.core.somaxconn

[[noreturn]] void fail(const std::string& what, int cause) {
    throw Error(ErrorCode::kUnavailable, what + ": " + std::generic_category().message(cause));
}

UniqueFd make_socket(int family, const std::string& name) {
    UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) fail("cannot open a socket for " + name, errno);
    return fd;
}

void bind_and_listen(int fd, const void* address, socklen_t length, const std::string& name) {
    if (::bind(fd, static_cast<const sockaddr*>(address), length) != 0) fail("cannot bind " + name, errno);
    if (::listen(fd, kBacklog) != 0) fail("cannot listen on " + name, errno);
}

sockaddr_un unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        throw Error(ErrorCode::kUnavailable, "socket path '" + path + "' is empty or too long");
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

bool somebody_listens(const sockaddr_un& address) {
    const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!probe) return true;
    if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
    return errno != ECONNREFUSED && errno != ENOENT;
}

// False where the group is there and may not have it. The door is of use even so, to root and our own user.
bool give_to_group(const std::string& path, const std::string& group) {
    struct group entry {};
    struct group* found = nullptr;
    std::array<char, 16384> buffer{};
    if (group.empty() || ::getgrnam_r(group.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0) return true;
    if (found == nullptr || ::chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) == 0) return true;
    if (errno != EPERM) fail("cannot give " + path + " to group " + group, errno);
    return false;
}

}  // namespace

Listener listen_tcp(const Endpoint& endpoint) {
    const bool v4 = endpoint.address.is_v4();
    const std::string text = endpoint.address.text();
    const std::string name = (v4 ? text : "[" + text + "]") + ":" + std::to_string(endpoint.port);
    Listener listener{make_socket(v4 ? AF_INET : AF_INET6, name), text, 0, false};
    const int fd = listener.fd.get();
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (v4) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(endpoint.port);
        std::memcpy(&address.sin_addr, endpoint.address.bytes.data() + 12, 4);
        bind_and_listen(fd, &address, sizeof address, name);
    } else {
        ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(endpoint.port);
        std::memcpy(&address.sin6_addr, endpoint.address.bytes.data(), 16);
        bind_and_listen(fd, &address, sizeof address, name);
    }
    sockaddr_in6 bound{};
    socklen_t length = sizeof bound;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length) != 0) fail("cannot name " + name, errno);
    listener.port = ntohs(bound.sin6_port);  // the port lies at the same place in both families
    return listener;
}

bool kernel_has_ipv6() noexcept {
    const UniqueFd probe(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return probe || errno != EAFNOSUPPORT;
}

Listener listen_unix(const std::string& path, const std::string& group) {
    const sockaddr_un address = unix_address(path);
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0) {
        if (!S_ISSOCK(status.st_mode)) throw Error(ErrorCode::kUnavailable, path + " exists and is not a socket");
        if (somebody_listens(address)) throw Error(ErrorCode::kUnavailable, path + " is in use by another process");
        ::unlink(path.c_str());
    }
    Listener listener{make_socket(AF_UNIX, path), path, 0, false};
    // The mode of the socket's file is set before bind makes it, so that there is no moment at which others may
    // connect.
    if (::fchmod(listener.fd.get(), 0660) != 0) fail("cannot set the mode of " + path, errno);
    bind_and_listen(listener.fd.get(), &address, sizeof address, path);
    if (::chmod(path.c_str(), 0660) != 0) fail("cannot set the mode of " + path, errno);
    listener.group_is_locked_out = !give_to_group(path, group);
    return listener;
}

}  // namespace gatehouse::net
