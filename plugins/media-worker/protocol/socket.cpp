#include <gatehouse/media_protocol/socket.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace gatehouse::media_protocol {
namespace {

constexpr int kType = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;

[[noreturn]] void fail(int error, const std::string& what) {
    throw std::system_error(error, std::generic_category(), "media socket " + what);
}

UniqueFd make_socket() {
    UniqueFd fd(::socket(AF_UNIX, kType, 0));
    if (!fd) fail(errno, "cannot be made");
    return fd;
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path)) fail(ENAMETOOLONG, path);
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

const sockaddr* generic(const sockaddr_un& address) {
    return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

bool somebody_answers(const sockaddr_un& address) {
    const UniqueFd probe = make_socket();
    return ::connect(probe.get(), generic(address), sizeof(address)) == 0 || errno == EAGAIN;
}

}  // namespace

UniqueFd listen_at(const std::string& path, unsigned mode) {
    const sockaddr_un address = address_of(path);
    struct stat info {};
    if (::lstat(path.c_str(), &info) == 0) {
        if (!S_ISSOCK(info.st_mode)) fail(EEXIST, path);
        if (somebody_answers(address)) fail(EADDRINUSE, path);
    }
    // Under its name it appears only when it can be connected to.
    const std::string unready = path + ".new";
    const sockaddr_un unready_address = address_of(unready);
    ::unlink(unready.c_str());
    UniqueFd fd = make_socket();
    if (::bind(fd.get(), generic(unready_address), sizeof(unready_address)) != 0) fail(errno, path);
    if (::chmod(unready.c_str(), mode) != 0 || ::listen(fd.get(), 16) != 0 ||
        ::rename(unready.c_str(), path.c_str()) != 0) {
        const int error = errno;
        ::unlink(unready.c_str());
        fail(error, path);
    }
    return fd;
}

UniqueFd connect_to(const std::string& path) {
    const sockaddr_un address = address_of(path);
    UniqueFd fd = make_socket();
    if (::connect(fd.get(), generic(address), sizeof(address)) != 0) fail(errno, path);
    return fd;
}

UniqueFd accept_from(const UniqueFd& listener) {
    return UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

std::pair<UniqueFd, UniqueFd> make_pair() {
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, kType, 0, fds.data()) != 0) fail(errno, "pair cannot be made");
    return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

}  // namespace gatehouse::media_protocol
