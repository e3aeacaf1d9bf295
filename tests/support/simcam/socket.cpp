#include "socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace gatehouse::simcam {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

// The socket calls take the address under its generic type.
sockaddr* generic(sockaddr_in& address) { return static_cast<sockaddr*>(static_cast<void*>(&address)); }

}  // namespace

Socket bind_loopback(std::uint16_t port, bool listening) {
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    sockaddr_in address = loopback(port);
    if (!socket || setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(socket.fd(), generic(address), sizeof address) != 0 || (listening && listen(socket.fd(), 128) != 0)) {
        throw std::system_error(errno, std::generic_category(), "127.0.0.1:" + std::to_string(port));
    }
    return socket;
}

std::uint16_t bound_port(const Socket& socket) {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    if (getsockname(socket.fd(), generic(address), &length) != 0) {
        throw std::system_error(errno, std::generic_category(), "getsockname");
    }
    return ntohs(address.sin_port);
}

Socket connect_loopback(std::uint16_t port) {
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = loopback(port);
    const int on = 1;
    if (!socket || connect(socket.fd(), generic(address), sizeof address) != 0 ||
        setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        fcntl(socket.fd(), F_SETFL, O_NONBLOCK) != 0) {
        return {};
    }
    return socket;
}

void reset_on_close(const Socket& socket) {
    const linger hard{.l_onoff = 1, .l_linger = 0};
    setsockopt(socket.fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

}  // namespace gatehouse::simcam
