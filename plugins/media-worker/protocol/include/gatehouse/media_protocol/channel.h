#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <gatehouse/media_protocol/codec.h>
#include <gatehouse/media_protocol/messages.h>
#include <gatehouse/unique_fd.h>

namespace gatehouse::media_protocol {

/// One end of a connection. Not thread-safe; never blocks (the socket must be non-blocking).
///
/// Drive it from any loop: when the descriptor is readable call receive() until it answers `nothing`; while
/// wants_write() holds, watch for writability and call flush().
class Channel {
public:
    static constexpr std::size_t kDefaultQueueBytes = 8 * 1024 * 1024;

    enum class Event {
        message,  ///< `message` is set, and `fd` if one came with it
        skipped,  ///< an unknown type of the same major version; call again
        nothing,  ///< would block
        closed,   ///< the other side is gone
        refused,  ///< other major version, malformed packet: `reason` says which; drop the connection
    };

    struct Received {
        Event event = Event::nothing;
        std::optional<Message> message;
        UniqueFd fd;
        std::string reason;
    };

    explicit Channel(UniqueFd socket, std::size_t queue_limit_bytes = kDefaultQueueBytes);

    int fd() const noexcept { return socket_.get(); }

    /// Sends now or queues; `fd` (optional) is only borrowed. False: the connection is of no use any more (peer gone,
    /// or the queue is full because the peer does not read) and must be dropped. Throws std::length_error as encode().
    bool send(const Message& message, int fd = -1);

    /// Sends what is queued. False as in send().
    bool flush();

    bool wants_write() const noexcept { return !queue_.empty(); }
    std::size_t queued_bytes() const noexcept { return queued_bytes_; }

    Received receive();

private:
    enum class Sent { yes, later, broken };
    struct Packet {
        std::string bytes;
        UniqueFd fd;
    };

    Sent send_now(const std::string& bytes, int fd) const;

    UniqueFd socket_;
    std::size_t queue_limit_bytes_;
    std::size_t queued_bytes_ = 0;
    std::deque<Packet> queue_;
    std::vector<std::byte> buffer_;
};

}  // namespace gatehouse::media_protocol
