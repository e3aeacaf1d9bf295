#pragma once

#include <poll.h>

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gatehouse/media_protocol/channel.h>
#include <gatehouse/unique_fd.h>

namespace gatehouse::mediad {

/// The connection to the gateway: listens, takes the newest connection as the one that counts, understands the
/// synchronisation of the wanted streams. Not thread-safe.
class GatewayLink {
public:
    static constexpr std::chrono::seconds kPatience{20};          ///< a gateway says something every 5 s
    static constexpr std::size_t kQueueBytes = 32 * 1024 * 1024;  ///< unread by the gateway; beyond it is disconnected

    class Listener {
    public:
        virtual ~Listener() = default;
        virtual void gateway_greeted(const std::string& name) = 0;  ///< wants a replay
        virtual void wanted(media_protocol::UpsertStream stream) = 0;
        virtual void unwanted(const std::string& stream_id) = 0;
        virtual std::set<std::string> known_streams() const = 0;
    };

    /// Listens at `path`, mode 0660. Throws std::system_error.
    GatewayLink(Listener& listener, const std::string& path);
    /// Speaks over one connected socket and no other.
    GatewayLink(Listener& listener, UniqueFd connected);
    ~GatewayLink();
    GatewayLink(const GatewayLink&) = delete;
    GatewayLink& operator=(const GatewayLink&) = delete;

    /// Dropped when no gateway is there; a gateway that does not read is disconnected. `fd` is borrowed.
    void send(const media_protocol::Message& message, int fd = -1);
    /// A gateway is there, and at least half of its queue is free.
    bool has_room() const noexcept;

    void add_poll(std::vector<pollfd>& watched) const;
    void handle(const std::vector<pollfd>& watched);
    /// Disconnects a gateway that is silent and does not read: each chunk in its queue keeps that chunk's memory.
    void tick(std::chrono::steady_clock::time_point now);

    /// The only connection that there can be has ended.
    bool finished() const noexcept { return !listening_ && !channel_; }

private:
    void accept();
    void read();
    void apply(media_protocol::Message message);
    void end_sync();
    void drop(const std::string& why);

    Listener& listener_;
    std::string path_;
    UniqueFd listening_;
    std::optional<media_protocol::Channel> channel_;
    bool greeted_ = false;
    bool heard_ = false;                                // since heard_at_
    std::chrono::steady_clock::time_point heard_at_{};  // when tick() last saw that it was heard or read all
    std::optional<std::set<std::string>> named_;        // since SyncBegin
};

}  // namespace gatehouse::mediad
