// Writing: answers become bytes, as few system calls as they need.
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "http/answer.h"
#include "http/connection.h"
#include "http/dispatcher.h"
#include "http/front_loop.h"

namespace gatehouse::http {

namespace {

constexpr std::chrono::milliseconds kLingerTime{2000};

}  // namespace

void Connection::dispatch() {
    if (exchange_->answered()) return;
    state_ = State::kHandler;
    const Exchange::Dispatch here(*exchange_);
    call(*exchange_, loop_);
}

void Connection::answered() {
    if (state_ != State::kHandler) return;
    exchange_->take_answer();
    if (answer()) advance();
}

bool Connection::answer() {
    if (closing_) exchange_->close_after = true;
    compose_answer(*exchange_, loop_.date_line());
    state_ = State::kWriting;
    return send_on();
}

// True: the answer has left and the connection takes the next request. False: it waits, or is closed.
bool Connection::send_on() {
    switch (write_some()) {
        case Sent::kAll:
            return finish_exchange();
        case Sent::kFailed:
            close();
            return false;
        case Sent::kBlocked:
            wait_writable();
            return false;
        case Sent::kYield:
            boost::asio::post(loop_.io(), [self = boost::intrusive_ptr(this)] {
                if (self->state_ == State::kWriting && self->send_on()) self->advance();
            });
            return false;
    }
    return false;
}

void Connection::wait_writable() {
    forget_request();
    if (since_ == 0) since_ = loop_.now();
    if (trickles(exchange_->sent_bytes)) return give_up_sending();
    queued_bytes_ = -1;
    loop_.set_deadline(*this, loop_.shared().options.write_stall_timeout / 2);
    stream_.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                       [self = boost::intrusive_ptr(this)](const boost::system::error_code& error) {
                           if (error || self->state_ != State::kWriting) return;
                           if (self->send_on()) self->advance();
                       });
}

// Half the time is over without room in the socket's buffer, which may be megabytes: what counts is whether the client
// takes bytes out of it.
void Connection::stalled() {
    int queued = 0;
    const bool known = ::ioctl(fd(), SIOCOUTQ, &queued) == 0;
    const std::uint64_t sent = exchange_->sent_bytes, held = known ? static_cast<unsigned>(queued) : 0;
    if (!known || queued == queued_bytes_ || trickles(sent - std::min(sent, held))) return give_up_sending();
    queued_bytes_ = queued;
    loop_.set_deadline(*this, loop_.shared().options.write_stall_timeout / 2);
}

// A client that takes a few bytes now and then would pin what it is being sent for hours, and what thousands of them
// pin is memory.
bool Connection::trickles(std::uint64_t taken_bytes) const {
    if (since_ == 0) return false;  // it has never had to be waited for: an older deadline has come due
    const FrontOptions& options = loop_.shared().options;
    const auto spent_ms = (loop_.time_since(since_) - 2 * options.write_stall_timeout).count();
    return spent_ms > 0 && taken_bytes * 1000 / options.least_bytes_per_second < static_cast<std::uint64_t>(spent_ms);
}

void Connection::give_up_sending() {
    loop_.count_timeout();
    // What the kernel still holds for it goes too, or it would go on taking that as slowly, for minutes.
    const linger reset{1, 0};
    ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close();
}

// A client that takes its time holds no block: of what it sent ahead, only the bytes are kept.
void Connection::forget_request() {
    if (!input_) return;
    exchange_->forget_request();
    read_ahead_ = (body_input_ ? body_input_ : input_)->unread();
    loop_.blocks().give_back(std::move(body_input_));
    release_input();
}

// For a few bytes at a moment at which nothing else waits to be sent.
bool Connection::send_whole(std::string_view text) {
    const ssize_t sent =
        tls_ ? tls_->write(text.data(), text.size()) : ::send(fd(), text.data(), text.size(), MSG_NOSIGNAL);
    return sent == static_cast<ssize_t>(text.size());
}

Connection::Sent Connection::write_some() {
    if (tls_) return write_records();
    if (const Sent sent = write_parts(); sent != Sent::kAll) return sent;
    std::size_t budget = kBytesPerTurn;
    while (exchange_->file_left > 0) {
        if (budget == 0) return Sent::kYield;
        if (const Sent sent = write_file(budget); sent != Sent::kAll) return sent;
    }
    return Sent::kAll;
}

// Head and body in memory, gathered into one call.
Connection::Sent Connection::write_parts() {
    auto& parts = exchange_->parts;
    std::size_t& next = exchange_->next_part;
    for (;;) {
        iovec vectors[3];
        std::size_t count = 0;
        for (std::size_t i = next; i < parts.size(); ++i)
            if (!parts[i].empty()) vectors[count++] = {const_cast<char*>(parts[i].data()), parts[i].size()};
        if (count == 0) return Sent::kAll;
        msghdr message{};
        message.msg_iov = vectors;
        message.msg_iovlen = count;
        const ssize_t wrote = ::sendmsg(fd(), &message, MSG_NOSIGNAL | (exchange_->file_left > 0 ? MSG_MORE : 0));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return errno == EAGAIN ? Sent::kBlocked : Sent::kFailed;
        auto left = static_cast<std::size_t>(wrote);
        exchange_->sent_bytes += left;
        for (; next < parts.size() && left >= parts[next].size(); ++next) left -= parts[next].size();
        if (next == parts.size()) return Sent::kAll;
        parts[next].remove_prefix(left);
    }
}

Connection::Sent Connection::write_file(std::size_t& budget) {
    auto offset = static_cast<off_t>(exchange_->file_offset);
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(exchange_->file_left, budget));
    const ssize_t wrote = ::sendfile(fd(), exchange_->response.entity->body().file()->fd(), &offset, wanted);
    if (wrote < 0 && errno == EINTR) return Sent::kAll;
    if (wrote < 0) return errno == EAGAIN ? Sent::kBlocked : Sent::kFailed;
    if (wrote == 0) return Sent::kFailed;  // the file is shorter than it was said to be
    const auto sent = static_cast<std::size_t>(wrote);
    exchange_->file_offset += sent;
    exchange_->file_left -= sent;
    exchange_->sent_bytes += sent;
    budget -= sent;
    return Sent::kAll;
}

bool Connection::finish_exchange() {
    loop_.count_answer(exchange_->status, exchange_->sent_bytes);
    if (loop_.shared().options.access_log) log_access();
    const bool ends = exchange_->close_after || closing_;  // the doors may have closed while it was being sent
    loop_.recycle(std::move(exchange_));
    if (ends) {
        shut();
        return false;
    }
    if (body_input_) {
        release_input();
        input_ = std::move(body_input_);
    }
    if (!read_ahead_.empty()) {
        input_ = loop_.blocks().take();
        input_->append(read_ahead_);
        read_ahead_ = {};
    }
    state_ = State::kIdle;
    since_ = 0;
    loop_.set_deadline(*this, loop_.shared().options.idle_timeout);
    return true;
}

void Connection::shut() {
    if (!unread_input_) return close();
    loop_.blocks().give_back(std::move(body_input_));
    release_input();
    if (tls_) tls_->say_goodbye();
    ::shutdown(fd(), SHUT_WR);
    state_ = State::kLingering;
    loop_.set_deadline(*this, kLingerTime);
    wait_readable();
}

// Paths with placeholders carry stream keys, queries carry tokens: the pattern stands for them.
void Connection::log_access() const {
    const Exchange& done = *exchange_;
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - done.started);
    std::string line = "access ";
    line.append(done.client_address()).append(" ").append(name(done.method_asked)).append(" ");
    line.append(done.entry ? std::string_view(done.entry->route().pattern) : std::string_view("-")).append(" ");
    line.append(std::to_string(done.status)).append(" ").append(std::to_string(done.sent_bytes)).append(" ");
    line.append(std::to_string(took.count())).append("us ").append(done.request_id());
    loop_.shared().logger.information(line);
}

}  // namespace gatehouse::http
