// Event loops: N threads, each with an io_context of its own that only it runs.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace gatehouse::net {

// start() and stop() from one thread; the rest is thread-safe.
class LoopPool {
public:
    struct Options {
        std::size_t loops = 1;     // 1..64
        std::string name = "net";  // threads are called net-0, net-1 ...
        std::chrono::milliseconds tick{250};
        std::function<void(std::size_t loop)> on_tick;                                // on that loop, once per tick
        std::function<void(std::size_t loop, const std::string& what)> on_exception;  // one that left a handler
    };
    explicit LoopPool(Options options);
    ~LoopPool();  // stop()
    LoopPool(const LoopPool&) = delete;
    LoopPool& operator=(const LoopPool&) = delete;

    std::size_t size() const noexcept { return loops_.size(); }
    boost::asio::io_context& context(std::size_t loop) noexcept;

    void start();
    // Ends the loops and joins their threads. Handlers that have not run are destroyed with the pool.
    void stop();

    // How long ago the least recently turning loop turned (it turns at least once per tick); zero while not running.
    std::chrono::milliseconds longest_silence() const;

private:
    struct Loop;
    void run(Loop& loop);
    void schedule_tick(Loop& loop);

    Options options_;
    std::atomic<bool> running_{false};
    std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace gatehouse::net
