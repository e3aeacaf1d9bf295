// What wakes the main thread: signals, and requests of other threads.
#pragma once

#include <chrono>
#include <optional>

#include <gatehouse/unique_fd.h>

namespace gatehouse::app {

// Make it before the first thread: it blocks SIGTERM, SIGINT, SIGHUP and ignores SIGPIPE, for all threads to come.
class Signals {
public:
    Signals();

    // On the main thread: waits at most `limit`; the number of a signal that came, or nullopt.
    std::optional<int> wait(std::chrono::milliseconds limit);
    // Any thread: makes wait() return.
    void wake() noexcept;

private:
    UniqueFd signals_, wake_;
};

}  // namespace gatehouse::app
