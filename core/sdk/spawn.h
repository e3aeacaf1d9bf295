// From a command to a running process.
#pragma once

#include <gatehouse/child_process.h>
#include <gatehouse/unique_fd.h>

#include <sys/types.h>

namespace gatehouse {

struct Spawned {
    pid_t pid = -1;
    UniqueFd exit;    // readable once it has ended (pidfd_open(2)); none where the kernel gives none
    UniqueFd output;  // our end of its output, non-blocking; none without on_line
};

// Returns once the program runs. Thread-safe. Throws Error(kUnavailable), Error(kInvalidArgument) without a program.
Spawned spawn(const ChildCommand& command);

}  // namespace gatehouse
