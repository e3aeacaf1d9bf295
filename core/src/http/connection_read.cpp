// Reading: bytes become requests.
#include <sys/socket.h>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "http/connection.h"
#include "http/dispatcher.h"
#include "http/front_loop.h"

namespace gatehouse::http {

namespace {

constexpr int kRequestsPerTurn = 32;
constexpr std::uint32_t kLingerBytes = 1u << 20;
constexpr std::chrono::milliseconds kGrace{1000};  // for a client that connected just before the doors closed

// A handshake record of any version (RFC 8446 section 5.1).
bool looks_like_tls(std::string_view bytes) { return bytes.size() > 1 && bytes[0] == 0x16 && bytes[1] == 0x03; }

}  // namespace

Connection::Connection(FrontLoop& loop, UniqueFd fd, std::shared_ptr<const Peer> peer)
    : loop_(loop), stream_(loop.io()), peer_(std::move(peer)) {
    stream_.assign(fd.get());
    (void)fd.release();
    if (!peer_->secure) return;
    tls_ = std::make_unique<net::TlsSession>(loop_.shared().certificate(), stream_.native_handle());
    state_ = State::kHandshake;
}

Connection::~Connection() = default;

void Connection::start() {
    self_ = this;
    const FrontOptions& options = loop_.shared().options;
    loop_.set_deadline(*this, tls_ ? options.handshake_timeout : options.head_timeout);
    if (loop_.shared().closing) close_when_idle();
    wait_readable();
}

void Connection::wait_readable() {
    if (waiting_readable_) return;
    waiting_readable_ = true;
    auto go_on = [self = boost::intrusive_ptr(this)](const boost::system::error_code& error) {
        self->waiting_readable_ = false;
        if (!error && self->state_ != State::kClosed) self->readable();
    };
    if (has_more())
        boost::asio::post(loop_.io(), [go_on = std::move(go_on)] { go_on({}); });
    else
        stream_.async_wait(boost::asio::posix::stream_descriptor::wait_read, std::move(go_on));
}

// What OpenSSL holds already, no socket becomes readable for. During the handshake and after the end it may be part of
// a record, which only more bytes from the socket complete.
bool Connection::has_more() const noexcept {
    return tls_ && state_ != State::kHandshake && state_ != State::kLingering && tls_->has_more();
}

ssize_t Connection::receive(char* bytes, std::size_t room) {
    return tls_ ? tls_->read(bytes, room) : ::recv(fd(), bytes, room, 0);
}

void Connection::readable() {
    if (state_ == State::kLingering) return linger_read();
    if (state_ == State::kHandshake) return shake_hands();
    if (state_ == State::kWriting || state_ == State::kHandler) return;  // it was given up by a deadline
    const bool body = state_ == State::kBody;
    std::unique_ptr<InputBlock>& input = body ? body_input_ : input_;
    if (!input) input = loop_.blocks().take();
    const ssize_t got = receive(input->bytes.get() + input->end, input->room());
    if (got > 0) {
        input->end += static_cast<std::size_t>(got);
        return body ? read_body() : advance();
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        if (!body && input->empty()) release_input();
        return wait_readable();
    }
    close();
}

void Connection::linger_read() {
    char sink[4096];
    for (int i = 0; i < 16; ++i) {
        const ssize_t got = ::recv(fd(), sink, sizeof sink, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return wait_readable();
        if (got <= 0) return close();
        lingered_bytes_ += static_cast<std::uint32_t>(got);
        if (lingered_bytes_ > kLingerBytes) return close();
    }
    wait_readable();
}

void Connection::advance() {
    for (int served = 0; begin_request(); ++served) {
        if (state_ == State::kBody) return read_body();
        dispatch();
        if (!exchange_->answered()) return;
        if (!answer()) return;
        if (served == kRequestsPerTurn) {
            boost::asio::post(loop_.io(), [self = boost::intrusive_ptr(this)] {
                if (self->state_ == State::kIdle) self->advance();
            });
            return;
        }
    }
}

// True when a request is there: parsed, admitted or already refused.
bool Connection::begin_request() {
    if (!input_) {
        wait_readable();
        return false;
    }
    // RFC 9112 section 2.2: empty lines before a request line are ignored.
    while (input_->unread().substr(0, 2) == "\r\n") input_->begin += 2;
    if (input_->empty()) {
        head_looked_at_ = 0;
        state_ = State::kIdle;  // half an empty line had looked like the beginning of a head
        release_input();
        wait_readable();
        return false;
    }
    const std::size_t end = find_head_end(input_->unread(), head_looked_at_);
    if (end == 0) return await_more_head();
    return parse_request(end);
}

bool Connection::await_more_head() {
    const bool full = input_->unread().size() >= loop_.shared().options.head_limit_bytes;
    const bool nonsense = hopeless(input_->unread(), head_looked_at_);
    if (full || nonsense) {
        if (!tls_ && served_ == 0 && looks_like_tls(input_->unread())) loop_.shared().metrics.tls_on_plain->add();
        fail_request(full ? 431 : 400, full ? "The request's head is too large" : "The request is malformed");
        return false;
    }
    input_->compact();
    head_looked_at_ = input_->end;
    if (state_ == State::kIdle && served_ > 0) loop_.set_deadline(*this, loop_.shared().options.head_timeout);
    state_ = State::kHead;
    wait_readable();
    return false;
}

bool Connection::parse_request(std::size_t head_end) {
    head_looked_at_ = 0;
    const std::string_view head = input_->unread().substr(0, head_end);
    if (head.size() > loop_.shared().options.head_limit_bytes) {
        fail_request(431, "The request's head is too large");
        return false;
    }
    input_->parser.emplace(input_->fields);
    HeadParser& parser = *input_->parser;
    const bool parsed = parser.parse_head(head);
    input_->begin += head_end;
    if (!parsed) {
        fail_request(parser.failure()->status, parser.failure()->message);
        return false;
    }
    ++served_;
    exchange_ = loop_.take_exchange();
    exchange_->begin(*this, *peer_, parser, loop_.next_request_id(), loop_.shared());
    exchange_->close_after = closing_ || !parser.keeps_alive();
    if (loop_.shared().options.access_log) exchange_->started = std::chrono::steady_clock::now();
    Exchange::Dispatch here(*exchange_);
    if (!admit(*exchange_, loop_)) {
        // The body of a refused request is not worth reading.
        if (parser.expects_body()) exchange_->close_after = unread_input_ = true;
    } else if (parser.expects_body()) {
        state_ = State::kBody;
        since_ = loop_.now();
    }
    return true;
}

// An answer to bytes that are no request: nothing after them can be trusted to be one.
void Connection::fail_request(int status, const char* message) {
    if (!exchange_) {
        exchange_ = loop_.take_exchange();
        if (!input_) input_ = loop_.blocks().take();
        // One that has not failed is of the request before.
        if (!input_->parser || !input_->parser->failure()) input_->parser.emplace(input_->fields);
        exchange_->begin(*this, *peer_, *input_->parser, loop_.next_request_id(), loop_.shared());
    }
    exchange_->close_after = unread_input_ = true;
    since_ = 0;
    {
        const Exchange::Dispatch here(*exchange_);
        exchange_->send(error_response(status, message, exchange_->request_id()));
    }
    answer();
}

void Connection::read_body() {
    HeadParser& parser = *input_->parser;
    if (parser.expects_continue() && !parser.http_1_0() && !body_input_ && input_->empty()) {
        static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        if (!send_whole(kContinue)) return close();
    }
    if (!take_body_bytes()) return fail_request(parser.failure()->status, parser.failure()->message);
    if (parser.body_done()) return body_complete();
    loop_.set_deadline(*this, body_patience());
    wait_readable();
}

// A pause is cut by body_timeout. A trickle, which could hold its blocks for weeks, by the time all of it has taken.
std::chrono::milliseconds Connection::body_patience() const {
    const FrontOptions& options = loop_.shared().options;
    const std::chrono::milliseconds pause = options.body_timeout;
    const std::chrono::milliseconds earned(exchange_->body_text.size() * 1000 / options.least_bytes_per_second);
    const std::chrono::milliseconds left = 2 * pause + earned - loop_.time_since(since_);
    return std::clamp(left, std::chrono::milliseconds(0), pause);
}

// False: malformed or too large. Bytes that are not consumed wait in body_input_ for those that make sense of them.
bool Connection::take_body_bytes() {
    HeadParser& parser = *input_->parser;
    const std::size_t limit = exchange_->entry->route().body_limit_bytes;
    if (!body_input_) {
        input_->begin += parser.parse_body(input_->unread(), exchange_->body_text, limit);
        if (parser.failure()) return false;
        body_input_ = loop_.blocks().take();
        body_input_->append(input_->unread());
        input_->begin = input_->end;
        return true;
    }
    body_input_->begin += parser.parse_body(body_input_->unread(), exchange_->body_text, limit);
    body_input_->compact();
    if (!parser.failure() && !parser.body_done() && body_input_->room() == 0) parser.refuse_body();
    return !parser.failure();
}

void Connection::body_complete() {
    state_ = State::kHandler;
    since_ = 0;
    dispatch();
    if (exchange_->answered() && answer()) advance();
}

void Connection::close_when_idle() {
    closing_ = true;
    if ((state_ == State::kIdle || state_ == State::kHandshake) && served_ == 0)
        loop_.set_deadline(*this, kGrace);
    else if (state_ == State::kIdle)
        close();
    else if (exchange_ && state_ == State::kBody)
        exchange_->close_after = true;
}

void Connection::deadline_passed() {
    switch (state_) {
        case State::kHandshake:
            loop_.shared().metrics.handshake_failures->add();
            loop_.count_timeout();
            return close();
        case State::kHead:
            loop_.count_timeout();
            return fail_request(408, "The request's head did not arrive in time");
        case State::kBody:
            loop_.count_timeout();
            return fail_request(408, "The request's body did not arrive in time");
        case State::kHandler:
            return;
        case State::kWriting:
            return stalled();
        case State::kIdle:
        case State::kLingering:
            return close();
        case State::kClosed:
            return;
    }
}

void Connection::close() {
    if (state_ == State::kClosed) return;
    const boost::intrusive_ptr<Connection> alive = std::move(self_);
    const bool handler_at_work = exchange_ && state_ == State::kHandler;
    state_ = State::kClosed;
    if (tls_) tls_->say_goodbye();
    boost::system::error_code ignored;
    stream_.close(ignored);
    ConnectionHook::unlink();
    if (DeadlineNode::is_linked()) DeadlineNode::unlink();
    if (handler_at_work) {
        exchange_->outlive_connection(std::move(input_), peer_);
        exchange_.reset();
    } else if (exchange_) {
        loop_.recycle(std::move(exchange_));
    }
    loop_.blocks().give_back(std::move(body_input_));
    loop_.blocks().give_back(std::move(input_));
    loop_.closed(*peer_);
}

void Connection::release_input() { loop_.blocks().give_back(std::move(input_)); }

}  // namespace gatehouse::http
