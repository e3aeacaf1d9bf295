#include "http/client/origin_pool.h"

#include <sys/socket.h>

#include <cerrno>

namespace gatehouse::http {

namespace {

// A quiet open connection has nothing to read: neither an end nor bytes that nobody asked for.
bool is_quiet(int fd) {
    char byte = 0;
    const ssize_t got = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && errno == EAGAIN;
}

}  // namespace

std::optional<boost::asio::ip::tcp::socket> OriginPool::take_idle() {
    while (!idle.empty()) {
        auto socket = std::move(idle.back().socket);
        idle.pop_back();
        if (is_quiet(socket.native_handle())) return socket;
    }
    return std::nullopt;
}

void OriginPool::drop_idle(Clock::time_point older_than) {
    std::erase_if(idle, [older_than](const Idle& each) { return each.since < older_than; });
}

}  // namespace gatehouse::http
