#pragma once

#include <span>
#include <string>

#include "supervisor.h"

namespace gatehouse::mediad {

struct Options {
    enum class Mode { supervisor, shard, help, version };
    Mode mode = Mode::supervisor;
    SupervisorOptions supervisor;
    bool die_with_parent = false;
    int fd = -1;         ///< --fd
    int crumbs_fd = -1;  ///< shard only
    int parent = 0;      ///< expected parent, 0: whoever started us
};

/// Throws std::invalid_argument with a text for the operator.
Options parse_options(std::span<char* const> arguments);

extern const char* const kUsage;

}  // namespace gatehouse::mediad
