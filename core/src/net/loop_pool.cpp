#include "net/loop_pool.h"

#include <pthread.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

namespace gatehouse::net {

namespace asio = boost::asio;

namespace {

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace

struct LoopPool::Loop {
    explicit Loop(std::size_t number) : index(number) {}
    const std::size_t index;
    asio::io_context context{1};
    asio::steady_timer timer{context};
    std::atomic<std::int64_t> turned_ms{0};
    std::thread thread;
};

LoopPool::LoopPool(Options options) : options_(std::move(options)) {
    const std::size_t count = std::clamp<std::size_t>(options_.loops, 1, 64);
    for (std::size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<Loop>(i));
}

LoopPool::~LoopPool() { stop(); }

asio::io_context& LoopPool::context(std::size_t loop) noexcept { return loops_[loop]->context; }

void LoopPool::start() {
    running_ = true;
    for (const auto& loop : loops_) {
        loop->turned_ms = now_ms();
        schedule_tick(*loop);
        loop->thread = std::thread([this, &each = *loop] { run(each); });
        const std::string name = options_.name + "-" + std::to_string(loop->index);
        ::pthread_setname_np(loop->thread.native_handle(), name.substr(0, 15).c_str());
    }
}

void LoopPool::run(Loop& loop) {
    const auto work = asio::make_work_guard(loop.context);
    while (!loop.context.stopped()) {
        try {
            loop.context.run();
        } catch (const std::exception& failure) {
            if (options_.on_exception) options_.on_exception(loop.index, failure.what());
        }
    }
}

void LoopPool::schedule_tick(Loop& loop) {
    loop.timer.expires_after(options_.tick);
    loop.timer.async_wait([this, &loop](const boost::system::error_code& error) {
        if (error) return;
        loop.turned_ms.store(now_ms(), std::memory_order_relaxed);
        schedule_tick(loop);
        if (options_.on_tick) options_.on_tick(loop.index);
    });
}

void LoopPool::stop() {
    for (const auto& loop : loops_) loop->context.stop();
    for (const auto& loop : loops_)
        if (loop->thread.joinable()) loop->thread.join();
    running_ = false;
}

std::chrono::milliseconds LoopPool::longest_silence() const {
    if (!running_) return std::chrono::milliseconds::zero();
    std::int64_t oldest = now_ms();
    const std::int64_t now = oldest;
    for (const auto& loop : loops_) oldest = std::min(oldest, loop->turned_ms.load(std::memory_order_relaxed));
    return std::chrono::milliseconds(now - oldest);
}

}  // namespace gatehouse::net
