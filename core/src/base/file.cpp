#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <gatehouse/error.h>
#include <gatehouse/unique_fd.h>

namespace gatehouse {

namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path, int error_number) {
    throw Error(ErrorCode::kInternal, what + " " + path + ": " + errno_text(error_number));
}

void write_all(int fd, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(fd, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) fail("cannot write", path, errno);
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
}

}  // namespace

std::string errno_text(int error_number) { return std::error_code(error_number, std::generic_category()).message(); }

std::optional<FileText> read_file(const std::string& path, std::size_t max_bytes) {
    // Non-blocking, so that a pipe put in the place of a file cannot hold us.
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd && errno == ENOENT) return std::nullopt;
    if (!fd) fail("cannot open", path, errno);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) fail("cannot examine", path, errno);
    if (!S_ISREG(status.st_mode)) throw Error(ErrorCode::kInternal, "cannot read " + path + ": not a regular file");

    FileText text;
    std::array<char, 16384> block{};
    while (true) {
        const ssize_t got = ::read(fd.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail("cannot read", path, errno);
        if (got == 0) return text;
        if (text.bytes.size() + static_cast<std::size_t>(got) > max_bytes) return FileText{{}, true};
        text.bytes.append(block.data(), static_cast<std::size_t>(got));
    }
}

void replace_file(const std::string& path, std::string_view bytes, mode_t mode) {
    const std::string fresh = path + ".new";
    {
        const UniqueFd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
        if (!fd) fail("cannot create", fresh, errno);
        write_all(fd.get(), bytes, fresh);
        if (::fsync(fd.get()) != 0) fail("cannot sync", fresh, errno);
    }
    if (::rename(fresh.c_str(), path.c_str()) != 0) fail("cannot replace", path, errno);
}

void make_directories(const std::string& path) {
    std::error_code failure;
    const bool made = std::filesystem::create_directories(path, failure);
    if (failure) throw Error(ErrorCode::kInternal, "cannot create directory " + path + ": " + failure.message());
    if (made && ::chmod(path.c_str(), 0750) != 0) fail("cannot set the mode of", path, errno);
}

}  // namespace gatehouse
