#include "tcp_reactor.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "causes.h"
#include "tcp_connection.h"

namespace gatehouse::mediad {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;

// Cameras send each picture in many small writes. Waking for each would cost more than all the rest, so the thread
// looks at most every few milliseconds.
constexpr std::chrono::milliseconds kPace{4};

}  // namespace

TcpReactor::TcpReactor(Breadcrumbs& crumbs)
    : crumbs_(crumbs),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      buffer_(kReadBytes) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = 0;
    if (!epoll_ || !wake_ || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0)
        throw std::system_error(errno, std::generic_category(), "reactor");
    thread_ = std::thread([this] { run(); });
}

TcpReactor::~TcpReactor() {
    post([this] { stopping_ = true; });
    thread_.join();
}

void TcpReactor::post(std::function<void()> call) {
    {
        const std::lock_guard lock(mutex_);
        calls_.push_back(std::move(call));
    }
    const std::uint64_t one = 1;
    static_cast<void>(!::write(wake_.get(), &one, sizeof(one)));
}

std::uint64_t TcpReactor::add(RtspSession session, std::shared_ptr<MediaSink> sink) {
    const std::uint64_t id = next_id_++;
    // std::function wants to be copied; the session cannot be.
    auto box = std::make_shared<RtspSession>(std::move(session));
    post([this, id, box, sink = std::move(sink)] {
        try {
            const Breadcrumbs::Mark mark(crumbs_, box->source.crumb);
            auto connection = std::make_unique<TcpConnection>(std::move(*box), sink);
            epoll_event event{};
            event.events = EPOLLIN | EPOLLRDHUP;
            event.data.u64 = id;
            if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connection->fd(), &event) != 0)
                throw std::runtime_error("the connection cannot be watched");
            connections_[id] = std::move(connection);
        } catch (const std::runtime_error& error) {
            sink->failed(failure(Cause::bad_stream, error.what()));
        }
    });
    return id;
}

void TcpReactor::remove(std::uint64_t id) {
    post([this, id] { drop(id); });
}

void TcpReactor::drop(std::uint64_t id) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    static_cast<void>(::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second->fd(), nullptr));
    connections_.erase(found);
}

void TcpReactor::run_calls() {
    std::vector<std::function<void()>> calls;
    {
        const std::lock_guard lock(mutex_);
        calls.swap(calls_);
    }
    for (const auto& call : calls) call();
}

void TcpReactor::read(std::uint64_t id) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    const Breadcrumbs::Mark mark(crumbs_, found->second->crumb());
    if (!found->second->read(buffer_)) drop(id);
}

/// Returns the milliseconds until the next one is due.
int TcpReactor::keep_sessions_alive() {
    int next_ms = 1'000;  // a session that was just added may have a short time-out
    std::vector<std::uint64_t> ended;
    for (const auto& [id, connection] : connections_) {
        const int due_ms = connection->keep_alive();
        if (due_ms < 0)
            ended.push_back(id);
        else
            next_ms = std::min(next_ms, due_ms);
    }
    for (const std::uint64_t id : ended) drop(id);
    return next_ms;
}

void TcpReactor::run() {
    std::array<epoll_event, 64> events{};
    Clock::time_point next_alive = Clock::now();
    while (!stopping_) {
        const auto now = Clock::now();
        if (now >= next_alive) next_alive = now + std::chrono::milliseconds(keep_sessions_alive());
        const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(next_alive - now).count() + 1;
        const int count =
            ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), static_cast<int>(wait));
        for (int i = 0; i < count; ++i) {
            const std::uint64_t id = events[static_cast<std::size_t>(i)].data.u64;
            if (id != 0) {
                read(id);
                continue;
            }
            std::uint64_t ignored = 0;
            static_cast<void>(!::read(wake_.get(), &ignored, sizeof(ignored)));
            run_calls();
        }
        const auto spent = Clock::now() - now;
        if (count > 0 && spent < kPace) std::this_thread::sleep_for(kPace - spent);
    }
    connections_.clear();
}

}  // namespace gatehouse::mediad
