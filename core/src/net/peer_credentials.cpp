#include "net/peer_credentials.h"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace gatehouse::net {

std::optional<PeerCredentials> peer_credentials(int fd) {
    ucred credentials{};
    socklen_t length = sizeof credentials;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return std::nullopt;
    PeerCredentials peer{credentials.uid, {credentials.gid}};
    std::array<gid_t, 256> groups{};
    length = sizeof groups;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &length) == 0)
        peer.groups.insert(peer.groups.end(), groups.begin(),
                           groups.begin() + static_cast<std::ptrdiff_t>(length / sizeof(gid_t)));
    return peer;
}

bool is_administrator(const PeerCredentials& peer, const std::string& group) {
    if (peer.uid == 0 || peer.uid == ::geteuid()) return true;
    struct group entry {};
    struct group* found = nullptr;
    std::array<char, 16384> buffer{};
    if (group.empty() || ::getgrnam_r(group.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0) return false;
    return found != nullptr && std::find(peer.groups.begin(), peer.groups.end(), found->gr_gid) != peer.groups.end();
}

std::string peer_name(const PeerCredentials& peer) {
    std::string name = "uid " + std::to_string(peer.uid);
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16384> buffer{};
    if (::getpwuid_r(peer.uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        name += std::string(" (") + found->pw_name + ")";
    return name;
}

}  // namespace gatehouse::net
