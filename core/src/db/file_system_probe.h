// Does a directory lie on a network file system? Private to the room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::db {

// Name of the network file system, nullopt on a local one. Magic numbers from statfs(2); FUSE file systems are told
// apart by their type in /proc/self/mountinfo.
std::optional<std::string> network_file_system(const std::string& directory);

// The pure parts.
std::optional<std::string> network_name_of_magic(std::uint32_t magic);
bool is_network_fuse(std::string_view mount_type);
// Type of the mount with this device number in the text of mountinfo (proc_pid_mountinfo(5)); empty when not found.
std::string mount_type_of(const std::string& mountinfo, unsigned major, unsigned minor);

}  // namespace gatehouse::db
