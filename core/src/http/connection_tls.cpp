// What differs at a TLS door: the handshake, and answers that leave as records.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <gatehouse/http.h>

#include "http/connection.h"
#include "http/front_loop.h"

namespace gatehouse::http {

void Connection::shake_hands() {
    FrontShared& shared = loop_.shared();
    switch (tls_->handshake()) {
        case net::TlsSession::Shake::kDone:
            shared.metrics.handshakes->add();
            state_ = State::kIdle;
            if (!closing_) loop_.set_deadline(*this, shared.options.head_timeout);
            return readable();  // the request often comes with the end of the handshake
        case net::TlsSession::Shake::kWantRead:
            return wait_readable();
        case net::TlsSession::Shake::kWantWrite:
            stream_.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                               [self = boost::intrusive_ptr(this)](const boost::system::error_code& error) {
                                   if (!error && self->state_ == State::kHandshake) self->shake_hands();
                               });
            return;
        case net::TlsSession::Shake::kPlainHttp:
            return refuse_plain_http();
        case net::TlsSession::Shake::kFailed:
            shared.metrics.handshake_failures->add();
            return close();
    }
}

void Connection::refuse_plain_http() {
    loop_.shared().metrics.plain_on_tls->add();
    loop_.count_answer(400, 0);
    const std::string body = error_json("This port speaks HTTPS", {});
    const std::string answer =
        "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nCache-Control: no-store\r\n"
        "Content-Type: application/json; charset=utf-8\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    // Its buffer is empty yet; a client that takes nothing is told nothing.
    [[maybe_unused]] const ssize_t sent = ::send(fd(), answer.data(), answer.size(), MSG_NOSIGNAL);
    unread_input_ = true;
    shut();
}

Connection::Sent Connection::write_records() {
    for (std::size_t sent = 0; sent < kBytesPerTurn;) {
        bool failed = false;
        const std::string_view record = next_record(failed);
        if (failed) return Sent::kFailed;
        if (record.empty()) return Sent::kAll;
        const ssize_t wrote = tls_->write(record.data(), record.size());
        if (wrote < 0) return errno == EAGAIN ? Sent::kBlocked : Sent::kFailed;
        take_sent(static_cast<std::size_t>(wrote));
        sent += static_cast<std::size_t>(wrote);
    }
    return Sent::kYield;
}

// The next bytes of the answer, one record's worth, and the same ones until take_sent(). Files are read, not mapped:
// the bytes are passed over right after, from the processor's cache, and a file that was cut short is an error here
// where a mapping of it would be SIGBUS.
std::string_view Connection::next_record(bool& failed) {
    Exchange& exchange = *exchange_;
    char* const buffer = loop_.record_buffer();
    std::size_t there = 0;
    for (std::size_t i = exchange.next_part; i < exchange.parts.size() && there < FrontLoop::kRecordBytes; ++i) {
        const std::string_view part = exchange.parts[i].substr(0, FrontLoop::kRecordBytes - there);
        there += part.copy(buffer + there, part.size());
    }
    const auto wanted = std::min<std::uint64_t>(exchange.file_left, FrontLoop::kRecordBytes - there);
    auto offset = static_cast<off_t>(exchange.file_offset);
    for (std::size_t left = wanted; left > 0;) {
        const ssize_t got = ::pread(exchange.response.entity->body().file()->fd(), buffer + there, left, offset);
        if (got < 0 && errno == EINTR) continue;
        failed = got <= 0;
        if (failed) return {};
        there += static_cast<std::size_t>(got);
        left -= static_cast<std::size_t>(got);
        offset += got;
    }
    return {buffer, there};
}

void Connection::take_sent(std::size_t bytes) {
    Exchange& exchange = *exchange_;
    exchange.sent_bytes += bytes;
    for (; exchange.next_part < exchange.parts.size(); ++exchange.next_part) {
        std::string_view& part = exchange.parts[exchange.next_part];
        const std::size_t taken = std::min(bytes, part.size());
        part.remove_prefix(taken);
        bytes -= taken;
        if (!part.empty()) return;
    }
    exchange.file_offset += bytes;
    exchange.file_left -= bytes;
}

}  // namespace gatehouse::http
