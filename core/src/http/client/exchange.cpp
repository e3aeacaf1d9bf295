#include "http/client/exchange.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cstring>

#include "http/client/request_text.h"

namespace gatehouse::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr int kMostInterim = 10;

std::chrono::milliseconds bounded(std::chrono::milliseconds deadline) {
    return std::clamp(deadline, std::chrono::milliseconds(1), std::chrono::milliseconds(600'000));
}

}  // namespace

ClientExchange::ClientExchange(asio::io_context& io, HttpClientRequest request, HttpClient::Done done, Ended ended)
    : io_(io),
      request_(std::move(request)),
      done_(std::move(done)),
      tell_ended_(std::move(ended)),
      timer_(io, std::chrono::steady_clock::now() + bounded(request_.deadline)),
      resolver_(io) {}

void ClientExchange::arm() {
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error) self->fail(ErrorCode::kUpstreamTimeout, "no complete answer within the deadline");
    });
}

namespace {

// Our own want of descriptors or ports says nothing of the server.
ErrorCode code_of(const boost::system::error_code& cannot_connect) {
    const bool unreachable = cannot_connect == asio::error::connection_refused ||
                             cannot_connect == asio::error::host_unreachable ||
                             cannot_connect == asio::error::network_unreachable;
    return unreachable ? ErrorCode::kUnreachable : ErrorCode::kBadUpstream;
}

}  // namespace

// Runs one step; whatever it throws ends the exchange.
template <class Step>
void ClientExchange::guarded(Step step) {
    if (ended_at_) return;
    try {
        step();
    } catch (...) {
        finish(std::current_exception());
    }
}

void ClientExchange::begin(std::optional<Socket> idle, const std::string& user_agent) {
    begun_ = true;
    guarded([&] {
        text_ = request_text(request_, user_agent);
        make_parser();
        reused_ = idle.has_value();
        socket_ = std::move(idle);
        reused_ ? write() : resolve();
    });
}

void ClientExchange::make_parser() {
    parser_.emplace(ResponseParser::Limits{request_.head_limit_bytes, request_.body_limit_bytes},
                    request_.method == Method::kHead, request_.on_body);
}

void ClientExchange::resolve() {
    error_code error;
    const auto address = asio::ip::make_address(request_.host, error);
    if (!error) return connect({{address, request_.port}});
    resolver_.async_resolve(
        request_.host, std::to_string(request_.port),
        [self = shared_from_this()](const error_code& failed, const asio::ip::tcp::resolver::results_type& results) {
            self->guarded([&] {
                if (failed)
                    throw Error(ErrorCode::kUnreachable,
                                self->request_.host + " cannot be resolved: " + failed.message());
                std::vector<asio::ip::tcp::endpoint> endpoints;
                for (const auto& entry : results) endpoints.push_back(entry.endpoint());
                self->connect(std::move(endpoints));
            });
        });
}

void ClientExchange::connect(std::vector<asio::ip::tcp::endpoint> endpoints) {
    socket_.emplace(io_);
    auto shared = std::make_shared<const std::vector<asio::ip::tcp::endpoint>>(std::move(endpoints));
    asio::async_connect(*socket_, *shared,
                        [self = shared_from_this(), shared](const error_code& error, const asio::ip::tcp::endpoint&) {
                            self->guarded([&] {
                                if (error) throw Error(code_of(error), "cannot connect: " + error.message());
                                error_code ignored;
                                self->socket_->set_option(asio::ip::tcp::no_delay(true), ignored);
                                self->write();
                            });
                        });
}

void ClientExchange::write() {
    asio::async_write(*socket_, asio::buffer(text_), [self = shared_from_this()](const error_code& error, std::size_t) {
        self->guarded([&] { error ? self->connection_ended(error) : self->read(); });
    });
}

void ClientExchange::read() {
    if (buffer_.size() < filled_bytes_ + kReadBytes / 2) buffer_.resize(filled_bytes_ + kReadBytes);
    socket_->async_read_some(asio::buffer(buffer_.data() + filled_bytes_, buffer_.size() - filled_bytes_),
                             [self = shared_from_this()](const error_code& error, std::size_t bytes) {
                                 self->guarded([&] { error ? self->connection_ended(error) : self->take(bytes); });
                             });
}

void ClientExchange::take(std::size_t bytes) {
    any_byte_ = true;
    filled_bytes_ += bytes;
    std::size_t used = parser_->feed({buffer_.data(), filled_bytes_});
    for (int interim = 0; parser_->done() && parser_->interim(); ++interim) {
        if (interim == kMostInterim)
            throw Error(ErrorCode::kBadUpstream, "the server sends nothing but interim answers");
        make_parser();
        used += parser_->feed({buffer_.data() + used, filled_bytes_ - used});
    }
    std::memmove(buffer_.data(), buffer_.data() + used, filled_bytes_ - used);
    filled_bytes_ -= used;
    parser_->done() ? finish(nullptr) : read();
}

void ClientExchange::connection_ended(const error_code& error) {
    if (try_again()) return;
    if (error != asio::error::eof) throw Error(ErrorCode::kBadUpstream, "the connection failed: " + error.message());
    parser_->end_of_input(filled_bytes_);
    finish(nullptr);
}

// The server closed a kept connection just as it was used again.
bool ClientExchange::try_again() {
    const bool repeatable = request_.method == Method::kGet || request_.method == Method::kHead;
    if (!reused_ || any_byte_ || !repeatable) return false;
    reused_ = false;
    resolve();
    return true;
}

void ClientExchange::fail(ErrorCode code, const std::string& message) {
    finish(std::make_exception_ptr(Error(code, message)));
}

void ClientExchange::finish(std::exception_ptr failure) {
    if (std::exchange(ended_at_, true)) return;
    failure_ = std::move(failure);
    timer_.cancel();
    resolver_.cancel();
    std::optional<Socket> reusable;
    if (!failure_) {
        // Bytes behind the answer belong to nothing that was asked for.
        if (parser_->keeps_alive() && filled_bytes_ == 0) reusable = std::move(socket_);
        response_ = parser_->take_response();
    }
    // Closed, not destroyed: a connect to several addresses that is under way looks at it once more.
    error_code ignored;
    if (socket_) socket_->close(ignored);
    buffer_ = {};
    text_ = {};
    tell_ended_(*this, std::move(reusable));
}

void ClientExchange::report() {
    const auto done = std::exchange(done_, nullptr);
    request_ = {};  // on_body holds what the caller gave it
    parser_.reset();
    if (done) done(std::move(response_), failure_);
}

}  // namespace gatehouse::http
