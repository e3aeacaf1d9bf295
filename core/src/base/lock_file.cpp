#include "base/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>

#include <array>
#include <cerrno>

#include <gatehouse/error.h>

#include "base/file.h"

namespace gatehouse {

namespace {

std::string holder_of(int fd) {
    std::array<char, 24> text{};
    const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
    std::string pid;
    for (ssize_t i = 0; i < got && text[static_cast<std::size_t>(i)] >= '0' && text[static_cast<std::size_t>(i)] <= '9';
         ++i)
        pid += text[static_cast<std::size_t>(i)];
    return pid.empty() ? std::string("another process") : "process " + pid;
}

}  // namespace

LockFile::LockFile(const std::string& path)
    : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640)) {
    if (!fd_) throw Error(ErrorCode::kInternal, "cannot open lock file " + path + ": " + errno_text(errno));
    if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) throw Error(ErrorCode::kConflict, path + " is held by " + holder_of(fd_.get()));
        throw Error(ErrorCode::kInternal, "cannot lock " + path + ": " + errno_text(errno));
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd_.get(), 0) != 0 || ::pwrite(fd_.get(), pid.data(), pid.size(), 0) < 0)
        throw Error(ErrorCode::kInternal, "cannot write " + path + ": " + errno_text(errno));
}

}  // namespace gatehouse
