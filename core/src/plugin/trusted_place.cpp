#include "plugin/trusted_place.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"

namespace gatehouse::plugin {

namespace {

std::optional<std::string> refuse_owner(const struct stat& status) {
    if (status.st_uid != 0 && status.st_uid != ::geteuid())
        return "it belongs to user " + std::to_string(status.st_uid) + ", not to root or to this service";
    if ((status.st_mode & S_IWOTH) != 0) return std::string("everybody can write to it");
    if ((status.st_mode & S_IWGRP) != 0 && status.st_gid != 0 && status.st_gid != ::getegid())
        return "group " + std::to_string(status.st_gid) + " can write to it";
    return std::nullopt;
}

}  // namespace

std::optional<std::string> refuse_directory(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return path + ": " + errno_text(errno);
    if (!S_ISDIR(status.st_mode)) return path + ": it is not a directory";
    if (auto reason = refuse_owner(status)) return path + ": " + *reason;
    return std::nullopt;
}

std::optional<std::string> refuse_file(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0)
        return errno == ENOENT ? "there is no file " + path : path + ": " + errno_text(errno);
    if (!S_ISREG(status.st_mode)) return path + ": it is not a regular file";
    if (auto reason = refuse_owner(status)) return path + ": " + *reason;
    return std::nullopt;
}

}  // namespace gatehouse::plugin
