// An open file descriptor with one owner. Since ABI 1.2.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace gatehouse {

// Movable, not copyable, not thread-safe. -1 stands for none.
class UniqueFd {
public:
    UniqueFd() noexcept = default;
    explicit UniqueFd(int fd) noexcept : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd() { reset(); }

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    // Gives the descriptor up to the caller.
    int release() noexcept { return std::exchange(fd_, -1); }
    void reset() noexcept {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    // A second descriptor of the same open file, close-on-exec; none where there is none, or none is free.
    UniqueFd duplicate() const noexcept { return fd_ < 0 ? UniqueFd() : UniqueFd(::fcntl(fd_, F_DUPFD_CLOEXEC, 3)); }

private:
    int fd_ = -1;
};

}  // namespace gatehouse
