#include <gatehouse/media_protocol/channel.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace gatehouse::media_protocol {
namespace {

// A descriptor in flight costs the queue more than its few bytes of text.
constexpr std::size_t kPacketOverheadBytes = 128;
constexpr std::size_t kMostDescriptors = 4;

struct Control {
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int) * kMostDescriptors)> bytes{};
};

/// Takes every descriptor of a packet into ownership, so that none leaks, and keeps the first.
UniqueFd take_descriptors(msghdr& header, std::size_t& count) {
    UniqueFd first;
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t here = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < here; ++i, ++count) {
            int raw = -1;
            std::memcpy(&raw, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
            UniqueFd fd(raw);
            if (!first) first = std::move(fd);
        }
    }
    return first;
}

}  // namespace

Channel::Channel(UniqueFd socket, std::size_t queue_limit_bytes)
    : socket_(std::move(socket)), queue_limit_bytes_(queue_limit_bytes), buffer_(kMaxPacketBytes) {}

Channel::Sent Channel::send_now(const std::string& bytes, int fd) const {
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    Control control;
    if (fd >= 0) {
        header.msg_control = control.bytes.data();
        header.msg_controllen = CMSG_SPACE(sizeof(int));
        cmsghdr* c = CMSG_FIRSTHDR(&header);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(c), &fd, sizeof(int));
    }
    for (;;) {
        if (::sendmsg(socket_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return Sent::yes;
        if (errno == EINTR) continue;
        return errno == EAGAIN || errno == ENOBUFS ? Sent::later : Sent::broken;
    }
}

bool Channel::send(const Message& message, int fd) {
    std::string bytes = encode(message);
    if (bytes.size() > kMaxPacketBytes) return false;
    if (queue_.empty()) {
        const Sent sent = send_now(bytes, fd);
        if (sent != Sent::later) return sent == Sent::yes;
    }
    const std::size_t cost = bytes.size() + kPacketOverheadBytes;
    if (queued_bytes_ + cost > queue_limit_bytes_) return false;
    Packet packet{std::move(bytes), {}};
    if (fd >= 0) {
        packet.fd = UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
        if (!packet.fd) return false;
    }
    queue_.push_back(std::move(packet));
    queued_bytes_ += cost;
    return true;
}

bool Channel::flush() {
    while (!queue_.empty()) {
        const Packet& next = queue_.front();
        const Sent sent = send_now(next.bytes, next.fd.get());
        if (sent == Sent::later) return true;
        if (sent == Sent::broken) return false;
        queued_bytes_ -= next.bytes.size() + kPacketOverheadBytes;
        queue_.pop_front();
    }
    return true;
}

Channel::Received Channel::receive() {
    Control control;
    iovec part{buffer_.data(), buffer_.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes.data();
    header.msg_controllen = control.bytes.size();
    ssize_t size = -1;
    do {
        size = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    } while (size < 0 && errno == EINTR);

    Received result;
    if (size < 0) {
        result.event = errno == EAGAIN ? Event::nothing : Event::closed;
        return result;
    }
    std::size_t descriptors = 0;
    result.fd = take_descriptors(header, descriptors);
    if (size == 0) {
        result.event = Event::closed;
        return result;
    }
    if (descriptors > 1 || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        result.event = Event::refused;
        result.reason = "media protocol: a packet beyond 64 KiB or with more than one descriptor";
        return result;
    }
    Decoded decoded = decode(std::span(buffer_).first(static_cast<std::size_t>(size)));
    result.reason = std::move(decoded.reason);
    result.message = std::move(decoded.message);
    result.event = decoded.status == DecodeStatus::ok             ? Event::message
                   : decoded.status == DecodeStatus::unknown_type ? Event::skipped
                                                                  : Event::refused;
    return result;
}

}  // namespace gatehouse::media_protocol
