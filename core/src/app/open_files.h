// Descriptors: how many this process may have.
#pragma once

#include <cstddef>

namespace gatehouse::app {

struct OpenFilesLimit {
    std::size_t limit = 0;
    bool raised = false;  // by us
    bool enough = false;  // at least 65,536
};

// Raises the soft limit to the hard one, and both to 65,536 where that is allowed.
OpenFilesLimit raise_open_files_limit();

}  // namespace gatehouse::app
