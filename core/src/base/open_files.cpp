#include "base/open_files.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>

namespace gatehouse {

namespace {
constexpr rlim_t kWanted = 65'536;
// Beyond this the kernel's table itself costs memory that nobody asked for.
constexpr rlim_t kMost = 1'048'576;
}  // namespace

OpenFilesLimit raise_open_files_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
    const rlim_t before = limit.rlim_cur;
    rlimit wished = limit;
    wished.rlim_max = std::max(limit.rlim_max, kWanted);
    wished.rlim_cur = std::clamp(limit.rlim_max, kWanted, kMost);
    if (::setrlimit(RLIMIT_NOFILE, &wished) != 0) {
        wished = limit;
        wished.rlim_cur = std::min(limit.rlim_max, kMost);
        ::setrlimit(RLIMIT_NOFILE, &wished);
    }
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return {limit.rlim_cur, limit.rlim_cur > before, limit.rlim_cur >= kWanted};
}

std::size_t count_open_files() noexcept {
    static constexpr const char* kFolder = "/proc/self/fd";
    struct stat facts {};
    if (::stat(kFolder, &facts) == 0 && facts.st_size > 0) return static_cast<std::size_t>(facts.st_size);
    DIR* const open = ::opendir(kFolder);
    if (open == nullptr) return 0;
    std::size_t count = 0;
    while (const dirent* entry = ::readdir(open)) count += entry->d_name[0] != '.';
    ::closedir(open);
    return count - 1;  // without the one that counts
}

}  // namespace gatehouse
