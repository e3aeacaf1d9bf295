// A secret that lies in a file of its own, so that the configuration can be shown to anybody.
#pragma once

#include <string>

namespace state_webhook {

// The file's only line, 1 to 1024 printable characters. Blocks on the disk. Throws gatehouse::Error(kUnavailable) where
// it cannot be read, is open to everybody, or holds something else; the text names the file, never its content.
std::string read_secret(const std::string& path);

}  // namespace state_webhook
