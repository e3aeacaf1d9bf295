// Answers on their way back to the loop that owns the connection.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace gatehouse::http {

class Exchange;

// Thread-safe. Outlives the loop by the exchanges that hold it; once closed, what comes is dropped.
class Mailbox {
public:
    // `wake` makes the loop drain(); it is called when the first of a batch arrives.
    explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

    void put(std::shared_ptr<Exchange> exchange);
    std::vector<std::shared_ptr<Exchange>> drain();
    void close();

    // Loop thread: says that this thread is the loop's for as long as it runs.
    void claim_thread() noexcept;
    bool on_loop() const noexcept;

private:
    std::mutex mutex_;
    std::function<void()> wake_;
    std::vector<std::shared_ptr<Exchange>> waiting_;
    bool closed_ = false;
};

}  // namespace gatehouse::http
