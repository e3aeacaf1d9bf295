#include "config_file.h"

#include <gatehouse/error.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <functional>
#include <sstream>
#include <system_error>

namespace gatehouse::mediamtx {
namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path) {
    throw Error(ErrorCode::kInternal, what + " " + path + ": " + std::generic_category().message(errno));
}

// Closes in every case; a second close() is never made.
class OpenFile {
public:
    OpenFile(const std::string& path, int flags, mode_t mode) : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
    ~OpenFile() {
        if (fd_ >= 0) ::close(fd_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    int fd() const noexcept { return fd_; }

private:
    int fd_;
};

void write_all(int fd, const std::string& text, const std::string& path) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) fail("cannot write", path);
        done += static_cast<std::size_t>(n);
    }
}

std::int64_t nanoseconds(const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; }

constexpr std::int64_t kLongestFile = 64 << 20;

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
}

}  // namespace

ConfigFile::ConfigFile(std::string directory, std::string name)
    : directory_(std::move(directory)), path_(directory_ + "/" + std::move(name)) {
    if (::mkdir(directory_.c_str(), 0750) != 0 && errno != EEXIST) fail("cannot make", directory_);
}

ConfigFile::Identity ConfigFile::identity() const {
    struct stat s {};
    if (::stat(path_.c_str(), &s) != 0) return {};
    return {s.st_dev, s.st_ino, s.st_size, nanoseconds(s.st_mtim), nanoseconds(s.st_ctim)};
}

bool ConfigFile::holds(const std::string& text) {
    const Identity now = identity();
    if (now.size != static_cast<off_t>(text.size()) || now.size > kLongestFile) return false;
    if (!(now == seen_)) {
        const std::string found = read_file(path_);
        if (found != text) return false;
        seen_ = now;
        seen_hash_ = std::hash<std::string>{}(found);
    }
    return seen_hash_ == std::hash<std::string>{}(text);
}

void ConfigFile::write(const std::string& text, MonotonicTime now) {
    const std::string temporary = path_ + ".new";
    ::unlink(temporary.c_str());
    try {
        make(temporary, text);
        if (::rename(temporary.c_str(), path_.c_str()) != 0) fail("cannot replace", path_);
    } catch (...) {
        ::unlink(temporary.c_str());  // part of it may hold passwords, and takes the room that is missing
        throw;
    }
    seen_ = identity();
    seen_hash_ = std::hash<std::string>{}(text);
    writable_at_ = now + kRenameDistance;
}

void ConfigFile::make(const std::string& temporary, const std::string& text) const {
    const OpenFile file(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0640);
    if (file.fd() < 0) fail("cannot make", temporary);
    // The directory's group, which is MediaMTX's; the process may not belong to it (a child has our own group).
    struct stat directory {};
    if (::stat(directory_.c_str(), &directory) == 0 &&
        ::fchown(file.fd(), static_cast<uid_t>(-1), directory.st_gid) != 0 && errno != EPERM)
        fail("cannot give away", temporary);
    if (::fchmod(file.fd(), 0640) != 0) fail("cannot set the mode of", temporary);
    write_all(file.fd(), text, temporary);
    if (::fsync(file.fd()) != 0) fail("cannot sync", temporary);
}

}  // namespace gatehouse::mediamtx
