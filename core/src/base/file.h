// Whole small files, read with a bound and replaced atomically. Blocking; not for loops.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

// Text of errno, e.g. "No such file or directory".
std::string errno_text(int error_number);

struct FileText {
    std::string bytes;
    bool too_large = false;  // there is more than max_bytes; `bytes` is empty
};

// Reads a regular file of at most max_bytes. nullopt where it does not exist; Error(kInternal) for anything else,
// a directory or a pipe included.
std::optional<FileText> read_file(const std::string& path, std::size_t max_bytes);

// Writes path.new next to the file, syncs and renames it over; a reader sees the old or the new text, never half of
// one. Error(kInternal) on failure, which leaves the old file as it was.
void replace_file(const std::string& path, std::string_view bytes, mode_t mode);

// Creates the directory and its parents where they are missing (mode 0750). Error(kInternal) on failure.
void make_directories(const std::string& path);

}  // namespace gatehouse
