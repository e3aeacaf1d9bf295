// One process per directory, kept by the kernel: the lock goes with its holder, however that ends.
#pragma once

#include <string>

#include <gatehouse/unique_fd.h>

namespace gatehouse {

// flock(2) on a file that also holds the holder's process id in text. Released by the destructor; the file stays.
class LockFile {
public:
    // Error(kConflict) naming the holder's process id when another process has it; Error(kInternal) when the file
    // cannot be made.
    explicit LockFile(const std::string& path);

private:
    UniqueFd fd_;
};

}  // namespace gatehouse
