#pragma once

#include <gatehouse/unique_fd.h>

namespace gatehouse::mediad {

/// A descriptor that becomes readable when one of SIGTERM, SIGINT, SIGHUP, SIGCHLD arrives; they are blocked otherwise,
/// in this thread and those it starts. Throws std::system_error.
UniqueFd take_signals();

/// The next signal of take_signals(), 0 when there is none.
int next_signal(const UniqueFd& signals);

/// Makes the kernel send `signal` when the process that started this one ends. False when it has ended already:
/// `parent_pid` is the one that is expected (0: whoever it is now).
bool die_with_parent(int signal, int parent_pid);

/// Raises the soft limit to 65,536 or the hard limit, whichever is less. Returns what it is now.
unsigned long raise_descriptor_limit();

}  // namespace gatehouse::mediad
