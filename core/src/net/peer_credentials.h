// Who is at the other end of a unix socket, as the kernel says (unix(7), SO_PEERCRED and SO_PEERGROUPS).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace gatehouse::net {

struct PeerCredentials {
    uid_t uid = 0;
    std::vector<gid_t> groups;  // primary and supplementary, as they were when it connected
};

std::optional<PeerCredentials> peer_credentials(int fd);
// Root, our own user, or a member of the named group (no group of that name: nobody by membership).
bool is_administrator(const PeerCredentials& peer, const std::string& group);
// "uid 0 (root)"; "uid 4711" where the user has no name. May block on the user database.
std::string peer_name(const PeerCredentials& peer);

}  // namespace gatehouse::net
