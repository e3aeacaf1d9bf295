#pragma once

#include <unistd.h>

#include <cstdint>
#include <utility>

namespace gatehouse::simcam {

// Owns a file descriptor.
class Socket {
public:
    Socket() = default;
    explicit Socket(int fd) : fd_(fd) {}
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket& operator=(Socket&& other) noexcept {
        if (this != &other) close(std::exchange(fd_, std::exchange(other.fd_, -1)));
        return *this;
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { close(fd_); }

    int fd() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

private:
    static void close(int fd) {
        if (fd >= 0) ::close(fd);
    }
    int fd_ = -1;
};

// A non-blocking TCP socket bound to 127.0.0.1:`port` (0: any). Bound without listening it keeps the port and refuses
// connections. Throws std::system_error.
Socket bind_loopback(std::uint16_t port, bool listening);
std::uint16_t bound_port(const Socket& socket);
Socket connect_loopback(std::uint16_t port);  // non-blocking once connected; empty on failure
void reset_on_close(const Socket& socket);    // closing sends RST

}  // namespace gatehouse::simcam
