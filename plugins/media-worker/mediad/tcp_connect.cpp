#include "tcp_connect.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

#include "causes.h"

namespace gatehouse::mediad {
namespace {

/// 0, or the error of the attempt.
int wait_connected(const UniqueFd& fd, std::chrono::milliseconds patience, const Cancellation& cancel) {
    pollfd watched[] = {{fd.get(), POLLOUT, 0}, {cancel.event_fd(), POLLIN, 0}};
    const int ready = ::poll(watched, 2, static_cast<int>(patience.count()));
    if (ready <= 0) return ETIMEDOUT;
    if (watched[1].revents != 0) return ECANCELED;
    int error = 0;
    socklen_t size = sizeof(error);
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

void keep_alive(const UniqueFd& fd) {
    const auto set = [&fd](int level, int name, int value) {
        static_cast<void>(::setsockopt(fd.get(), level, name, &value, sizeof(value)));
    };
    set(IPPROTO_TCP, TCP_NODELAY, 1);
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 10);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

}  // namespace

std::variant<UniqueFd, Failure> connect_tcp(const std::string& host, unsigned port, std::chrono::milliseconds patience,
                                            const Cancellation& cancel) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list) != 0)
        return failure(Cause::name_unknown);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    int error = EHOSTUNREACH;
    for (const addrinfo* a = list; a != nullptr && error != ECANCELED; a = a->ai_next) {
        UniqueFd fd(::socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol));
        if (!fd) continue;
        error = ::connect(fd.get(), a->ai_addr, a->ai_addrlen) == 0 ? 0 : errno;
        if (error == EINPROGRESS) error = wait_connected(fd, patience, cancel);
        if (error != 0) continue;
        keep_alive(fd);
        return fd;
    }
    return failure(error == ECONNREFUSED ? Cause::refused : Cause::unreachable);
}

}  // namespace gatehouse::mediad
