// Folds repeats, so that a fault that fires a thousand times a second is one line and a number.
#pragma once

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/Message.h>

#include <cstdint>
#include <mutex>
#include <optional>

#include <gatehouse/clock.h>

namespace gatehouse::log {

// A message equal to the last one (logger, priority, text and fields) is counted instead of passed on; the count is
// written as "last message repeated N times" before the next different message, and every 10 s while it goes on.
// Thread-safe when `next` is.
class FoldingChannel final : public Poco::Channel {
public:
    FoldingChannel(Poco::AutoPtr<Poco::Channel> next, const Clock& clock);
    void log(const Poco::Message& message) override;
    // Writes a count that is due. Called every second or so, for a fault that has gone quiet.
    void tick();
    // Writes a count that is there, due or not.
    void flush();

private:
    ~FoldingChannel() override = default;
    bool is_repeat(const Poco::Message& message) const;
    // The line to write, nothing when nothing was held back; forgets the count. With mutex_ held.
    std::optional<Poco::Message> take_count();

    Poco::AutoPtr<Poco::Channel> next_;
    const Clock& clock_;
    std::mutex mutex_;
    std::optional<Poco::Message> last_;
    std::uint64_t repeats_ = 0;
    MonotonicTime counted_since_{};
};

}  // namespace gatehouse::log
