// File descriptors of this process: how many it may have, how many it has.
#pragma once

#include <cstddef>

namespace gatehouse {

struct OpenFilesLimit {
    std::size_t limit = 0;
    bool raised = false;  // by us
    bool enough = false;  // at least 65,536
};

// Raises the soft limit to the hard one, and both to 65,536 where that is allowed.
OpenFilesLimit raise_open_files_limit();

// From Linux 6.2 on the size of /proc/self/fd, which costs nothing; before, its entries are counted, which takes some
// 200 microseconds per thousand. 0 where /proc is not there. Thread-safe.
std::size_t count_open_files() noexcept;

}  // namespace gatehouse
