#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include <gatehouse/media_protocol/channel.h>

#include "breadcrumbs.h"
#include "outbox.h"
#include "receiver.h"
#include "stream.h"

namespace gatehouse::mediad {

/// The loop of a shard process: pulls the streams that the supervisor names over the channel and sends it what they
/// make. Speaks the worker's protocol, with ids that count from 1 in this process. Not thread-safe.
class Shard {
public:
    Shard(UniqueFd socket, ReceiverFactory factory, Breadcrumbs& crumbs);
    ~Shard();
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    /// Returns when the supervisor is gone or SIGTERM came. The result is the exit code.
    int run();

private:
    bool read_channel();
    bool send_letters();
    void apply(media_protocol::Message message);
    Stream::Clock::time_point tick_streams(Stream::Clock::time_point now);

    UniqueFd signals_;
    media_protocol::Channel channel_;
    ReceiverFactory factory_;
    Breadcrumbs& crumbs_;
    Outbox outbox_;
    std::map<std::string, std::shared_ptr<Stream>> streams_;
};

}  // namespace gatehouse::mediad
