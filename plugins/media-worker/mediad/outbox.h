#pragma once

#include <mutex>
#include <vector>

#include <gatehouse/media_protocol/messages.h>
#include <gatehouse/unique_fd.h>

namespace gatehouse::mediad {

/// Carries messages from streaming threads to the loop that owns the channel. Thread-safe; post() does not block longer
/// than another post().
class Outbox {
public:
    struct Letter {
        media_protocol::Message message;
        UniqueFd fd;
    };

    static constexpr std::size_t kMaxLetters = 20'000;

    Outbox();

    void post(media_protocol::Message message, UniqueFd fd = {});
    void wake() const;

    /// Readable when there is something to take.
    int event_fd() const noexcept { return event_.get(); }
    std::vector<Letter> take();

    /// More than kMaxLetters were waiting: the loop is stuck and messages were lost.
    bool overflowed() const;

private:
    UniqueFd event_;
    mutable std::mutex mutex_;
    std::vector<Letter> letters_;
    bool overflowed_ = false;
};

}  // namespace gatehouse::mediad
