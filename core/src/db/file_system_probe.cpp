#include "db/file_system_probe.h"

#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>

namespace gatehouse::db {
namespace {

constexpr std::uint32_t kFuse = 0x65735546;

struct Named {
    std::uint32_t magic;
    const char* name;
};
constexpr std::array<Named, 10> kNetworks = {{{0x6969, "NFS"},
                                              {0x517B, "SMB"},
                                              {0xFF534D42, "CIFS"},
                                              {0xFE534D42, "SMB"},
                                              {0x564C, "NCP"},
                                              {0x5346414F, "AFS"},
                                              {0x73757245, "Coda"},
                                              {0x00C36400, "Ceph"},
                                              {0x0BD00BD0, "Lustre"},
                                              {0x01021997, "9P"}}};

constexpr std::array<std::string_view, 12> kNetworkFuse = {
    "fuse.sshfs", "fuse.s3fs",      "fuse.rclone",  "fuse.davfs",    "fuse.davfs2",  "fuse.glusterfs",
    "fuse.ceph",  "fuse.curlftpfs", "fuse.gcsfuse", "fuse.smbnetfs", "fuse.moosefs", "fuse.juicefs"};

}  // namespace

std::optional<std::string> network_name_of_magic(std::uint32_t magic) {
    const auto found =
        std::find_if(kNetworks.begin(), kNetworks.end(), [&](const auto& n) { return n.magic == magic; });
    return found == kNetworks.end() ? std::nullopt : std::optional<std::string>(found->name);
}

bool is_network_fuse(std::string_view mount_type) {
    return std::find(kNetworkFuse.begin(), kNetworkFuse.end(), mount_type) != kNetworkFuse.end();
}

std::string mount_type_of(const std::string& mountinfo, unsigned major, unsigned minor) {
    const std::string device = std::to_string(major) + ":" + std::to_string(minor);
    std::istringstream lines(mountinfo);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string id, parent, number;
        fields >> id >> parent >> number;
        if (number != device) continue;
        // "... [optional fields] - <type> <source> <options>"
        const auto separator = line.find(" - ");
        if (separator == std::string::npos) continue;
        const auto begin = separator + 3;
        return line.substr(begin, line.find(' ', begin) - begin);
    }
    return {};
}

std::optional<std::string> network_file_system(const std::string& directory) {
    struct statfs info {};
    if (::statfs(directory.c_str(), &info) != 0) return std::nullopt;  // opening says what is wrong
    const auto magic = static_cast<std::uint32_t>(info.f_type);
    if (auto name = network_name_of_magic(magic)) return name;
    if (magic != kFuse) return std::nullopt;
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0) return std::nullopt;
    std::ifstream file("/proc/self/mountinfo");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto type = mount_type_of(text, major(status.st_dev), minor(status.st_dev));
    return is_network_fuse(type) ? std::optional(type) : std::nullopt;
}

}  // namespace gatehouse::db
