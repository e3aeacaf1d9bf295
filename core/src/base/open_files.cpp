#include "base/open_files.h"

#include <sys/stat.h>

#include <filesystem>
#include <iterator>
#include <system_error>

namespace gatehouse {

std::size_t count_open_files() {
    static constexpr const char* kFolder = "/proc/self/fd";
    struct stat facts {};
    if (::stat(kFolder, &facts) == 0 && facts.st_size > 0) return static_cast<std::size_t>(facts.st_size);
    std::error_code failure;
    const std::filesystem::directory_iterator open(kFolder, failure);
    if (failure) return 0;
    return static_cast<std::size_t>(std::distance(begin(open), end(open))) - 1;  // without the one that counts
}

}  // namespace gatehouse
