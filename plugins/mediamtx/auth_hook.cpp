#include "auth_hook.h"

#include <gatehouse/error.h>
#include <pthread.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/detect_ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <exception>
#include <list>
#include <optional>
#include <thread>
#include <utility>

namespace gatehouse::mediamtx {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kMostHeaderBytes = 8'192;

Tcp::acceptor listen_on(asio::io_context& io, std::uint16_t port) {
    return Tcp::acceptor(io, Tcp::endpoint(asio::ip::address_v4::loopback(), port), true);
}

Tcp::acceptor listen(asio::io_context& io, std::uint16_t port) {
    if (port != 0) {
        try {
            return listen_on(io, port);
        } catch (const boost::system::system_error&) {  // somebody else took it meanwhile
        }
    }
    try {
        return listen_on(io, 0);
    } catch (const boost::system::system_error& e) {
        throw Error(ErrorCode::kUnavailable, std::string("the auth hook cannot listen: ") + e.what());
    }
}

asio::ssl::context tls_of(const std::string& certificate) {
    try {
        asio::ssl::context tls(asio::ssl::context::tls_server);
        char groups[] = "X25519:P-256";  // as the C library wants it
        // MediaMTX's Go has TLS 1.3 and these groups; the larger ones that OpenSSL knows cost a hostile client nothing.
        if (SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_3_VERSION) != 1 ||
            SSL_CTX_set1_groups_list(tls.native_handle(), groups) != 1)
            throw Error(ErrorCode::kInternal, "the auth hook has no TLS 1.3");
        tls.set_options(SSL_OP_NO_TICKET);
        SSL_CTX_set_session_cache_mode(tls.native_handle(), SSL_SESS_CACHE_OFF);
        SSL_CTX_set_mode(tls.native_handle(), SSL_MODE_RELEASE_BUFFERS);
        tls.use_certificate(asio::buffer(certificate), asio::ssl::context::pem);
        tls.use_private_key(asio::buffer(certificate), asio::ssl::context::pem);
        return tls;
    } catch (const boost::system::system_error& e) {
        throw Error(ErrorCode::kInternal, std::string("the auth hook has no certificate: ") + e.what());
    }
}

// What the connections share; used by the listener's thread.
struct Shared {
    std::string path;  // "/<secret>"
    std::shared_ptr<asio::ssl::context> tls;
    std::shared_ptr<const std::atomic<std::shared_ptr<const AuthRules>>> rules;
    std::shared_ptr<CallPass> pass;
    AuthHook::Counts counts;

    http::status refuse(http::status status) const {
        counts.refused.add();
        return status;
    }

    http::status answer(const http::request<http::string_body>& request) const {
        if (!same_secret({request.target().data(), request.target().size()}, path))
            return refuse(http::status::not_found);
        if (request.method() != http::verb::post) return refuse(http::status::method_not_allowed);
        const auto asked = read_auth_request(request.body());
        if (!asked) return refuse(http::status::bad_request);
        const bool allowed = decide(*asked, *rules->load()) == AuthAnswer::kAllow ||
                             (pass && asked->action == "api" && pass->take(asked->password));
        (allowed ? counts.allowed : counts.denied).add();
        return allowed ? http::status::no_content : http::status::unauthorized;
    }
};

// One connection: a request, an answer, the end.
class Exchange : public std::enable_shared_from_this<Exchange> {
public:
    Exchange(Tcp::socket socket, const Shared& shared) : stream_(std::move(socket)), shared_(shared) {
        parser_.header_limit(kMostHeaderBytes);
        parser_.body_limit(kMaxHookBodyBytes);
    }

    void begin() {
        stream_.expires_after(AuthHook::kWholeExchange);  // of all that follows
        beast::async_detect_ssl(stream_, buffer_, [self = shared_from_this()](error_code error, bool is_tls) {
            if (error) return self->read(error);
            self->spoken_ = true;
            is_tls ? self->shake_hands() : self->ask();
        });
    }

    void close() { stream_.close(); }
    // Whoever says something is rather MediaMTX than whoever only connects.
    bool has_spoken() const { return spoken_; }
    bool is_over() const { return !stream_.socket().is_open(); }

private:
    void shake_hands() {
        tls_.emplace(stream_, *shared_.tls);
        tls_->async_handshake(asio::ssl::stream_base::server, buffer_.data(),
                              [self = shared_from_this()](error_code error, std::size_t used) {
                                  self->buffer_.consume(used);
                                  error ? self->read(error) : self->ask();
                              });
    }

    void ask() {
        through([self = shared_from_this()](auto& stream) {
            http::async_read(stream, self->buffer_, self->parser_,
                             [self](error_code error, std::size_t) { self->read(error); });
        });
    }

    template <class Use>
    void through(Use use) {
        tls_ ? use(*tls_) : use(stream_);
    }

    void read(error_code error) {
        if (!error) return write(shared_.answer(parser_.get()));
        if (error == http::error::body_limit || error == http::error::header_limit)
            return write(shared_.refuse(http::status::payload_too_large));
        shared_.counts.refused.add();
        const auto& malformed = http::make_error_code(http::error::bad_method).category();
        if (error.category() == malformed && error != http::error::end_of_stream &&
            error != http::error::partial_message)
            return write(http::status::bad_request);
        close();
    }

    void write(http::status status) {
        answer_.result(status);
        answer_.keep_alive(false);
        if (status != http::status::no_content) answer_.content_length(0);
        through([self = shared_from_this()](auto& stream) {
            http::async_write(stream, self->answer_, [self](error_code error, std::size_t) { self->written(error); });
        });
    }

    void written(error_code error) {
        if (!error) shared_.counts.seconds.observe(age_s());
        if (error || !tls_) return end();
        tls_->async_shutdown([self = shared_from_this()](error_code) { self->end(); });
    }

    void end() {
        error_code ignored;
        stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
        close();
    }

    double age_s() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count(); }

    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    beast::tcp_stream stream_;
    std::optional<asio::ssl::stream<beast::tcp_stream&>> tls_;
    const Shared& shared_;
    bool spoken_ = false;
    beast::flat_buffer buffer_{kMostHeaderBytes + kMaxHookBodyBytes};
    http::request_parser<http::string_body> parser_;
    http::response<http::empty_body> answer_;
};

}  // namespace

class AuthHook::Listener {
public:
    Listener(std::uint16_t port, Shared shared) : shared_(std::move(shared)), acceptor_(listen(io_, port)) {}
    ~Listener() { stop(); }

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    void start() {
        accept();
        thread_ = std::thread([this] { run(); });
        ::pthread_setname_np(thread_.native_handle(), "mediamtx.hook");
    }

    void stop() {
        io_.stop();
        if (thread_.joinable()) thread_.join();
        error_code ignored;
        acceptor_.close(ignored);
        for (const auto& exchange : exchanges_) exchange->close();
    }

private:
    // No memory, at most: it ends that exchange, not the hook.
    void run() {
        while (!io_.stopped()) {
            try {
                io_.run();
            } catch (const std::exception&) {
                shared_.counts.refused.add();
            }
        }
    }

    void accept() {
        acceptor_.async_accept([this](error_code error, Tcp::socket socket) {
            if (!error) {
                accept();
                return take(std::move(socket));
            }
            // No descriptor is free, most likely: one will be.
            retry_.expires_after(std::chrono::milliseconds(50));
            retry_.async_wait([this](error_code stopped) {
                if (!stopped) accept();
            });
        });
    }

    void take(Tcp::socket socket) {
        exchanges_.remove_if([](const auto& exchange) { return exchange->is_over(); });
        if (exchanges_.size() >= kMostConnections) {
            auto oldest =
                std::find_if(exchanges_.begin(), exchanges_.end(), [](const auto& e) { return !e->has_spoken(); });
            if (oldest == exchanges_.end()) oldest = exchanges_.begin();
            (*oldest)->close();
            exchanges_.erase(oldest);
        }
        exchanges_.push_back(std::make_shared<Exchange>(std::move(socket), shared_));
        exchanges_.back()->begin();
    }

    const Shared shared_;
    asio::io_context io_{1};
    Tcp::acceptor acceptor_;
    asio::steady_timer retry_{io_};
    std::list<std::shared_ptr<Exchange>> exchanges_;  // the oldest first
    std::thread thread_;
};

AuthHook::AuthHook(std::uint16_t port, const std::string& secret, const std::string& certificate, AuthRules rules,
                   std::shared_ptr<CallPass> pass, Counts counts) {
    auto tls = std::make_shared<asio::ssl::context>(tls_of(certificate));
    rules_ = std::make_shared<std::atomic<std::shared_ptr<const AuthRules>>>(
        std::make_shared<const AuthRules>(std::move(rules)));
    listener_ = std::make_unique<Listener>(port, Shared{"/" + secret, std::move(tls), rules_, std::move(pass), counts});
    port_ = listener_->port();
    listener_->start();
}

AuthHook::~AuthHook() = default;

std::uint16_t AuthHook::port() const { return port_; }

void AuthHook::set_rules(AuthRules rules) { rules_->store(std::make_shared<const AuthRules>(std::move(rules))); }

std::string AuthHook::place(std::uint16_t port, const std::string& secret) {
    return "127.0.0.1:" + std::to_string(port) + "/" + secret;
}

void AuthHook::stop() { listener_.reset(); }

}  // namespace gatehouse::mediamtx
