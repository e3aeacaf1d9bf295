#include <gatehouse/media_protocol/unique_fd.h>

#include <fcntl.h>
#include <unistd.h>

namespace gatehouse::media_protocol {

void UniqueFd::reset(int fd) noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
}

UniqueFd UniqueFd::duplicate() const noexcept {
    return fd_ < 0 ? UniqueFd() : UniqueFd(::fcntl(fd_, F_DUPFD_CLOEXEC, 3));
}

}  // namespace gatehouse::media_protocol
