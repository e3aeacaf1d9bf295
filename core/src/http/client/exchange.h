// One request and its answer, from connecting to the last byte.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gatehouse/http_client.h>

#include "http/client/response_parser.h"

namespace gatehouse::http {

// Loop thread only, once it was made. Ends exactly once.
class ClientExchange : public std::enable_shared_from_this<ClientExchange> {
public:
    using Socket = boost::asio::ip::tcp::socket;
    using Origin = std::pair<std::string, std::uint16_t>;
    // `reusable`: the connection, where it may serve another exchange.
    using Ended = std::function<void(ClientExchange&, std::optional<Socket> reusable)>;

    ClientExchange(boost::asio::io_context& io, HttpClientRequest request, HttpClient::Done done, Ended ended);

    Origin origin() const { return {request_.host, request_.port}; }
    // The deadline runs from here.
    void arm();
    // Has a turn: sends over `idle`, or connects.
    void begin(std::optional<Socket> idle, const std::string& user_agent);
    void fail(ErrorCode code, const std::string& message);
    bool ended() const noexcept { return ended_at_; }
    bool begun() const noexcept { return begun_; }
    // Calls `done`; after `ended`.
    void report();

private:
    using error_code = boost::system::error_code;
    void resolve();
    void connect(std::vector<boost::asio::ip::tcp::endpoint> endpoints);
    void write();
    void read();
    void take(std::size_t bytes);
    void connection_ended(const error_code& error);
    bool try_again();
    void finish(std::exception_ptr failure);
    void make_parser();
    template <class Step>
    void guarded(Step step);

    boost::asio::io_context& io_;
    HttpClientRequest request_;
    HttpClient::Done done_;
    Ended tell_ended_;
    boost::asio::steady_timer timer_;
    boost::asio::ip::tcp::resolver resolver_;
    std::optional<Socket> socket_;
    std::string text_;
    std::vector<char> buffer_;
    std::size_t filled_bytes_ = 0;
    std::optional<ResponseParser> parser_;
    bool begun_ = false, reused_ = false, any_byte_ = false, ended_at_ = false;
    HttpClientResponse response_;
    std::exception_ptr failure_;
};

}  // namespace gatehouse::http
