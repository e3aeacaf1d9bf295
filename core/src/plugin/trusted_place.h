// Who could have put a file where we are about to run it from.
#pragma once

#include <optional>
#include <string>

namespace gatehouse::plugin {

// Why code must not be taken from this directory; nullopt where it may: it belongs to root or to this process's user,
// and only they can write to it (a group may where it is root's). Blocking.
std::optional<std::string> refuse_directory(const std::string& path);

// The same for a file in it, which must be a regular file and no symbolic link out of the directory.
std::optional<std::string> refuse_file(const std::string& path);

}  // namespace gatehouse::plugin
