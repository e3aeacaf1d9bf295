#include "gateway_link.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include <gatehouse/media_protocol/socket.h>

#include "log.h"

namespace gatehouse::mediad {

namespace mp = media_protocol;

namespace {

bool is_ready(const std::vector<pollfd>& watched, int fd) {
    return std::any_of(watched.begin(), watched.end(), [fd](const pollfd& p) { return p.fd == fd && p.revents != 0; });
}

}  // namespace

GatewayLink::GatewayLink(Listener& listener, const std::string& path)
    : listener_(listener), path_(path), listening_(mp::listen_at(path, 0660)) {}

GatewayLink::GatewayLink(Listener& listener, UniqueFd connected) : listener_(listener) {
    channel_.emplace(std::move(connected), kQueueBytes);
}

GatewayLink::~GatewayLink() {
    if (listening_) ::unlink(path_.c_str());
}

void GatewayLink::send(const mp::Message& message, int fd) {
    if (channel_ && greeted_ && !channel_->send(message, fd)) drop("it does not read what it is sent");
}

bool GatewayLink::has_room() const noexcept {
    return channel_ && greeted_ && channel_->queued_bytes() <= kQueueBytes / 2;
}

void GatewayLink::drop(const std::string& why) {
    log(Level::warning, "", "gateway disconnected: " + why);
    channel_.reset();
    greeted_ = false;
    named_.reset();
}

void GatewayLink::add_poll(std::vector<pollfd>& watched) const {
    if (listening_) watched.push_back({listening_.get(), POLLIN, 0});
    if (channel_)
        watched.push_back({channel_->fd(), static_cast<short>(POLLIN | (channel_->wants_write() ? POLLOUT : 0)), 0});
}

void GatewayLink::handle(const std::vector<pollfd>& watched) {
    if (channel_ && is_ready(watched, channel_->fd())) {
        read();
        if (channel_ && !channel_->flush()) drop("the connection is broken");
    }
    if (listening_ && is_ready(watched, listening_.get())) accept();
}

void GatewayLink::tick(std::chrono::steady_clock::time_point now) {
    if (!channel_ || std::exchange(heard_, false) || channel_->queued_bytes() == 0) heard_at_ = now;
    if (now - heard_at_ > kPatience) drop("it is silent and does not read what it is sent");
}

void GatewayLink::accept() {
    UniqueFd newcomer = mp::accept_from(listening_);
    if (!newcomer) return;
    // A gateway that was restarted comes back before the kernel has told us that the old one is gone.
    if (channel_) drop("another one has connected");
    channel_.emplace(std::move(newcomer), kQueueBytes);
    log(Level::info, "", "gateway connected");
}

void GatewayLink::read() {
    while (channel_) {
        mp::Channel::Received got = channel_->receive();
        heard_ = heard_ || got.event == mp::Channel::Event::message;
        switch (got.event) {
            case mp::Channel::Event::message:
                apply(std::move(*got.message));
                break;
            case mp::Channel::Event::skipped:
                break;
            case mp::Channel::Event::nothing:
                return;
            case mp::Channel::Event::closed:
                return drop("it closed the connection");
            case mp::Channel::Event::refused: {
                // Its own version of this refusal comes from our HelloAck, whose header it can read.
                static_cast<void>(channel_->send(mp::HelloAck{0, 0, "refused: " + got.reason.substr(0, 400)}));
                return drop(got.reason);
            }
        }
    }
}

void GatewayLink::apply(mp::Message message) {
    if (auto* hello = std::get_if<mp::Hello>(&message)) {
        greeted_ = true;
        return listener_.gateway_greeted(hello->name);
    }
    if (!greeted_) return drop("it does not begin with a greeting");
    if (std::holds_alternative<mp::SyncBegin>(message)) {
        named_.emplace();
    } else if (auto* upsert = std::get_if<mp::UpsertStream>(&message)) {
        if (upsert->stream_id.empty()) return drop("it names a stream without an id");
        if (named_) named_->insert(upsert->stream_id);
        listener_.wanted(std::move(*upsert));
    } else if (auto* remove = std::get_if<mp::RemoveStream>(&message)) {
        listener_.unwanted(remove->stream_id);
    } else if (std::holds_alternative<mp::SyncEnd>(message)) {
        end_sync();
    } else if (std::holds_alternative<mp::Ping>(message)) {
        send(mp::Pong{});
    }
}

void GatewayLink::end_sync() {
    if (!named_) return;
    const std::set<std::string> named = std::move(*named_);
    named_.reset();
    for (const std::string& id : listener_.known_streams())
        if (!named.contains(id)) listener_.unwanted(id);
}

}  // namespace gatehouse::mediad
