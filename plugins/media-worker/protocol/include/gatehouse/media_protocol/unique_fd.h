#pragma once

#include <utility>

namespace gatehouse::media_protocol {

/// Owns one file descriptor and closes it. -1 means "none". Not thread-safe.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) noexcept : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        if (this != &other) reset(other.release());
        return *this;
    }
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd() { reset(); }

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    int release() noexcept { return std::exchange(fd_, -1); }
    void reset(int fd = -1) noexcept;

    /// A second descriptor of the same open file, close-on-exec; empty when the process has no descriptor left.
    UniqueFd duplicate() const noexcept;

private:
    int fd_ = -1;
};

}  // namespace gatehouse::media_protocol
