// Where a program's stderr goes, for those that write to the journal in its own way. Since ABI 1.2.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace gatehouse {

// True where systemd has connected stderr with the journal (environment JOURNAL_STREAM, systemd.exec(5)); a file or a
// pipe that somebody put there since is not it. Thread-safe while nobody changes the environment.
inline bool stderr_is_the_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
    return std::string_view(stream) == std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino);
}

}  // namespace gatehouse
