#include "net/acceptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cerrno>
#include <chrono>
#include <utility>

namespace gatehouse::net {

namespace asio = boost::asio;

namespace {

constexpr int kPerTurn = 64;
constexpr auto kRetryAfter = std::chrono::milliseconds(100);

enum class Outcome { kTook, kEmpty, kPause };

}  // namespace

void DescriptorReserve::refill() {
    if (!held_) held_ = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

struct Acceptor::State : std::enable_shared_from_this<Acceptor::State> {
    State(asio::io_context& context, UniqueFd fd, std::shared_ptr<DescriptorReserve> spare, Events e)
        : listening(context, fd.release()), pause(context), events(std::move(e)), reserve(std::move(spare)) {}
    ~State() { let_go(); }

    void let_go() {
        if (!listening.is_open()) return;
        // A plain close would leave the socket in this loop's epoll set for as long as another loop holds a duplicate.
        const UniqueFd fd(listening.release());
        pause.cancel();
    }

    UniqueFd accept(sockaddr_storage& address) {
        socklen_t length = sizeof address;
        return UniqueFd(::accept4(listening.native_handle(), reinterpret_cast<sockaddr*>(&address), &length,
                                  SOCK_NONBLOCK | SOCK_CLOEXEC));
    }

    Outcome accept_one() {
        sockaddr_storage address{};
        std::unique_lock lock(reserve->mutex_);
        UniqueFd fd = accept(address);
        const int cause = errno;
        if (!fd && (cause == EMFILE || cause == ENFILE)) {
            const Outcome outcome = turn_away();
            lock.unlock();
            if (outcome != Outcome::kEmpty) events.failed(cause);
            return outcome;
        }
        reserve->refill();
        lock.unlock();
        if (fd) {
            events.accepted(std::move(fd), address);
            return Outcome::kTook;
        }
        if (cause == EAGAIN) return Outcome::kEmpty;
        if (cause == EINTR || cause == ECONNABORTED || cause == EPROTO) return Outcome::kTook;
        events.failed(cause);
        return Outcome::kPause;
    }

    // With the reserve's lock held. The kernel looks for a free descriptor before it looks whether anybody waits.
    Outcome turn_away() {
        reserve->refill();
        if (!reserve->held_) return Outcome::kPause;
        reserve->held_.reset();
        sockaddr_storage ignored{};
        UniqueFd refused = accept(ignored);
        const int cause = errno;
        const bool took = static_cast<bool>(refused);
        refused.reset();
        reserve->refill();
        return took ? Outcome::kTook : cause == EAGAIN ? Outcome::kEmpty : Outcome::kPause;
    }

    void take_all(int limit) {
        for (int i = 0; i < limit; ++i) {
            const Outcome outcome = accept_one();
            if (outcome == Outcome::kEmpty || !listening.is_open()) break;
            if (outcome == Outcome::kPause) return wait_a_little();
        }
        wait();
    }

    void wait() {
        if (!listening.is_open()) return;
        listening.async_wait(asio::posix::stream_descriptor::wait_read,
                             [self = shared_from_this()](const boost::system::error_code& error) {
                                 if (!error && self->listening.is_open()) self->take_all(kPerTurn);
                             });
    }

    void wait_a_little() {
        pause.expires_after(kRetryAfter);
        pause.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
            if (!error && self->listening.is_open()) self->take_all(kPerTurn);
        });
    }

    asio::posix::stream_descriptor listening;
    asio::steady_timer pause;
    Events events;
    const std::shared_ptr<DescriptorReserve> reserve;
};

Acceptor::Acceptor(asio::io_context& context, UniqueFd listening, std::shared_ptr<DescriptorReserve> reserve,
                   Events events)
    : state_(std::make_shared<State>(context, std::move(listening), std::move(reserve), std::move(events))) {}

Acceptor::~Acceptor() { state_->let_go(); }

void Acceptor::start() { state_->wait(); }

void Acceptor::close() {
    if (!state_->listening.is_open()) return;
    while (state_->accept_one() == Outcome::kTook) {
    }
    state_->let_go();
}

}  // namespace gatehouse::net
