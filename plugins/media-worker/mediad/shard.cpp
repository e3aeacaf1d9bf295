#include "shard.h"

#include <malloc.h>
#include <poll.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "log.h"
#include "process.h"

namespace gatehouse::mediad {

namespace mp = media_protocol;
using Clock = Stream::Clock;

namespace {

constexpr std::size_t kChannelQueueBytes = 64 * 1024 * 1024;
constexpr std::chrono::seconds kTrimPeriod{30};

int milliseconds_until(Clock::time_point when) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(when - Clock::now()).count() + 1;
    return static_cast<int>(std::clamp<long>(ms, 0, 5'000));
}

}  // namespace

Shard::Shard(UniqueFd socket, ReceiverFactory factory, Breadcrumbs& crumbs)
    : signals_(take_signals()),
      channel_(std::move(socket), kChannelQueueBytes),
      factory_(std::move(factory)),
      crumbs_(crumbs) {}

Shard::~Shard() {
    for (const auto& [id, stream] : streams_) stream->stop();
    factory_ = nullptr;  // ends the threads that may still be calling a stream
}

int Shard::run() {
    Clock::time_point next_trim = Clock::now() + kTrimPeriod;
    for (;;) {
        const Clock::time_point now = Clock::now();
        const Clock::time_point due = tick_streams(now);
        if (!send_letters()) return 1;
        if (now >= next_trim) {
            ::malloc_trim(256 * 1024);  // pictures of all sizes come and go; give the holes back
            next_trim = now + kTrimPeriod;
        }
        pollfd watched[] = {{channel_.fd(), static_cast<short>(POLLIN | (channel_.wants_write() ? POLLOUT : 0)), 0},
                            {outbox_.event_fd(), POLLIN, 0},
                            {signals_.get(), POLLIN, 0}};
        if (::poll(watched, std::size(watched), milliseconds_until(due)) < 0) continue;
        for (int signal = next_signal(signals_); signal != 0; signal = next_signal(signals_))
            if (signal == SIGTERM || signal == SIGINT) return 0;
        if (watched[0].revents != 0 && !read_channel()) return 0;
        if (!channel_.flush()) return 0;
    }
}

Clock::time_point Shard::tick_streams(Clock::time_point now) {
    Clock::time_point due = now + std::chrono::seconds(5);
    for (const auto& [id, stream] : streams_) due = std::min(due, stream->tick(now));
    return due;
}

bool Shard::send_letters() {
    for (Outbox::Letter& letter : outbox_.take())
        if (!channel_.send(letter.message, letter.fd.get())) return false;
    if (outbox_.overflowed()) log(Level::error, "", "the shard's loop was stuck: giving up, to be started again");
    return !outbox_.overflowed();
}

bool Shard::read_channel() {
    for (;;) {
        mp::Channel::Received got = channel_.receive();
        switch (got.event) {
            case mp::Channel::Event::message:
                apply(std::move(*got.message));
                break;
            case mp::Channel::Event::skipped:
                break;
            case mp::Channel::Event::nothing:
                return true;
            case mp::Channel::Event::refused:
                log(Level::error, "", got.reason);
                return false;
            case mp::Channel::Event::closed:
                return false;
        }
    }
}

void Shard::apply(mp::Message message) {
    if (auto* remove = std::get_if<mp::RemoveStream>(&message)) {
        const auto found = streams_.find(remove->stream_id);
        if (found == streams_.end()) return;
        found->second->stop();
        streams_.erase(found);
    } else if (auto* upsert = std::get_if<mp::UpsertStream>(&message)) {
        std::shared_ptr<Stream>& stream = streams_[upsert->stream_id];
        if (stream && stream->wanted() == *upsert) return;
        if (stream) stream->stop();
        stream = std::make_shared<Stream>(std::move(*upsert), outbox_, crumbs_, factory_, Clock::now());
    } else if (std::holds_alternative<mp::Ping>(message)) {
        outbox_.post(mp::Pong{});
    }
}

}  // namespace gatehouse::mediad
