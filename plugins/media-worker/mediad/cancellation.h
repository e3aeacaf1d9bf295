#pragma once

#include <functional>
#include <mutex>
#include <utility>

#include <gatehouse/unique_fd.h>

namespace gatehouse::mediad {

/// Lets one thread end the waiting of another. Thread-safe.
class Cancellation {
public:
    Cancellation();  ///< throws std::system_error

    void cancel();
    bool cancelled() const;

    /// Readable for ever once cancelled: to be polled beside what is waited for.
    int event_fd() const noexcept { return event_.get(); }

    /// `interrupt` is called by cancel(), or at once when that has happened; null takes it back.
    void on_cancel(std::function<void()> interrupt);

private:
    UniqueFd event_;
    mutable std::mutex mutex_;
    bool cancelled_ = false;
    std::function<void()> interrupt_;
};

}  // namespace gatehouse::mediad
