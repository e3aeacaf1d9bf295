#define BOOST_TEST_MODULE mediamtx_hook
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gatehouse/error.h>

#include "auth_hook.h"
#include "hook_certificate.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;

namespace {

constexpr int kPatienceS = 20;  // a deadline, not an expectation

class Count final : public Counter {
public:
    void add(double amount) noexcept override { value_ = value_ + amount; }
    double value() const noexcept override { return value_; }

private:
    std::atomic<double> value_{0};
};

class Times final : public Histogram {
public:
    void observe(double) noexcept override { ++count; }
    std::atomic<int> count{0};
};

class Client {
public:
    explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        BOOST_REQUIRE(fd_ >= 0);
        const timeval patience{kPatienceS, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const void* any = &address;
        BOOST_REQUIRE(::connect(fd_, static_cast<const sockaddr*>(any), sizeof address) == 0);
    }
    ~Client() { ::close(fd_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    bool send(std::string_view bytes) {
        return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
    }
    // All until the other side ends the connection. Fails where it does not.
    std::string rest() {
        std::string out;
        char block[4'096];
        for (;;) {
            const auto got = ::recv(fd_, block, sizeof block, 0);
            if (got < 0) BOOST_REQUIRE_MESSAGE(errno != EAGAIN, "the connection is still open");
            if (got <= 0) return out;
            out.append(block, static_cast<std::size_t>(got));
        }
    }

private:
    int fd_;
};

// A connection by TLS, as MediaMTX has it.
class TlsClient {
public:
    explicit TlsClient(std::uint16_t port) {
        stream_.lowest_layer().connect({boost::asio::ip::address_v4::loopback(), port});
        wait([&](auto done) { stream_.async_handshake(boost::asio::ssl::stream_base::client, done); });
    }

    std::string exchange(std::string_view bytes) {
        std::string out;
        boost::system::error_code error;
        wait([&](auto done) {
            boost::asio::async_write(stream_, boost::asio::buffer(bytes), [&, done](auto failure, std::size_t) {
                if (failure) return done(failure);
                boost::asio::async_read(stream_, boost::asio::dynamic_buffer(out), [&, done](auto ended, std::size_t) {
                    error = ended;
                    done({});
                });
            });
        });
        BOOST_TEST(error == boost::asio::error::eof, error.message());  // a close that was said, not a cut
        wait([&](auto done) { stream_.async_shutdown([done](auto) { done({}); }); });
        return out;
    }

    std::string fingerprint() {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        X509* shown = SSL_get1_peer_certificate(stream_.native_handle());
        BOOST_REQUIRE(shown != nullptr);
        X509_digest(shown, EVP_sha256(), digest, &size);
        X509_free(shown);
        std::string out;
        for (unsigned i = 0; i < size; ++i) {
            char hex[3];
            std::snprintf(hex, sizeof hex, "%02x", digest[i]);
            out += hex;
        }
        return out;
    }

private:
    // Runs one operation to its end; fails where that takes too long.
    template <class Begin>
    void wait(Begin begin) {
        std::optional<boost::system::error_code> result;
        begin(std::function<void(boost::system::error_code)>([&](auto error) { result = error; }));
        io_.restart();
        io_.run_for(std::chrono::seconds(kPatienceS));
        BOOST_REQUIRE_MESSAGE(result, "the hook is silent");
        BOOST_REQUIRE_MESSAGE(!*result, result->message());
    }

    boost::asio::io_context io_;
    boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_{io_, context_};
};

const std::string kCertificate = make_hook_certificate();
const std::string kSecret = "0123456789abcdef", kReader = "reader-secret";

struct Hook {
    Count allowed, denied, refused;
    Times seconds;
    const std::shared_ptr<CallPass> pass = std::make_shared<CallPass>();
    AuthHook hook{0, kSecret, kCertificate, {kReader, "cdn", "api", false}, pass, {allowed, denied, refused, seconds}};

    static std::string request(const std::string& body, const std::string& target = "/" + kSecret) {
        return "POST " + target + " HTTP/1.1\r\nHost: hook\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
    }
    static std::string read_request(const std::string& password, const std::string& action = "read") {
        return request(R"({"ip":"127.0.0.1","user":"u","password":")" + password + R"(","token":"","action":")" +
                       action + R"(","path":"x","protocol":"rtsp"})");
    }
    std::string ask(const std::string& bytes) {
        Client client(hook.port());
        BOOST_TEST(client.send(bytes));
        return client.rest().substr(0, 12);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(auth_hook, Hook)

BOOST_AUTO_TEST_CASE(who_knows_a_secret_is_let_in) {
    BOOST_TEST(ask(read_request(kReader)) == "HTTP/1.1 204");
    BOOST_TEST(ask(read_request("guess")) == "HTTP/1.1 401");
    BOOST_TEST(allowed.value() == 1);
    BOOST_TEST(denied.value() == 1);
    BOOST_TEST(seconds.count == 2);
}

BOOST_AUTO_TEST_CASE(a_call_of_the_api_has_a_pass_that_is_good_while_it_lasts_and_for_nothing_else) {
    BOOST_TEST(ask(read_request("", "api")) == "HTTP/1.1 401");
    std::string password;
    {
        const CallPass::Call call(pass);
        password = call.password();
        BOOST_TEST(ask(read_request(password, "read")) == "HTTP/1.1 401");
        BOOST_TEST(!call.was_taken());
        BOOST_TEST(ask(read_request(password, "api")) == "HTTP/1.1 204");
        BOOST_TEST(call.was_taken());
        BOOST_TEST(ask(read_request(password, "api")) == "HTTP/1.1 401");  // it was taken
        BOOST_TEST(ask(read_request("", "api")) == "HTTP/1.1 401");
    }
    BOOST_TEST(ask(read_request(password, "api")) == "HTTP/1.1 401");
    BOOST_TEST(CallPass::Call(pass).password() != password);
    BOOST_TEST(ask(read_request("api", "api")) == "HTTP/1.1 204");  // an administrator
}

BOOST_AUTO_TEST_CASE(by_tls_it_shows_its_certificate_and_answers_the_same) {
    TlsClient client(hook.port());
    BOOST_TEST(client.fingerprint() == fingerprint_of(kCertificate).value());
    BOOST_TEST(client.exchange(read_request(kReader)).substr(0, 12) == "HTTP/1.1 204");
    BOOST_TEST(TlsClient(hook.port()).exchange(read_request("guess")).substr(0, 12) == "HTTP/1.1 401");
    BOOST_TEST(TlsClient(hook.port()).exchange(request("{}", "/other")).substr(0, 12) == "HTTP/1.1 404");
    BOOST_TEST(allowed.value() == 1);
    BOOST_TEST(seconds.count == 3);
}

// A ClientHello of which only the beginning comes, one that is none, and one that nobody goes on with.
BOOST_AUTO_TEST_CASE(a_handshake_that_comes_to_nothing_ends) {
    const std::string hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
    std::vector<std::unique_ptr<Client>> clients;
    const std::string broken =  // its lengths fit, its extensions run over the end
        std::string("\x16\x03\x01\x00\x44\x01\x00\x00\x40\x03\x03", 11) + std::string(62, '\xff');
    for (const std::string& bytes :
         {hello.substr(0, 1), hello, broken, std::string("\x16\x03\x01\xff\xff", 5) + std::string(5'000, '\x01')}) {
        clients.push_back(std::make_unique<Client>(hook.port()));
        clients.back()->send(bytes);
    }
    for (const auto& client : clients) client->rest();
    BOOST_TEST(TlsClient(hook.port()).exchange(read_request(kReader)).substr(0, 12) == "HTTP/1.1 204");
    BOOST_TEST(refused.value() == 4);
}

// More than it bears, all silent, while MediaMTX's handshake is under way.
BOOST_AUTO_TEST_CASE(who_only_connects_does_not_push_out_who_shakes_hands) {
    for (int round = 0; round < 4; ++round) {
        std::vector<std::unique_ptr<Client>> silent;
        Client speaks(hook.port());
        speaks.send("POST /" + kSecret + " HTTP/1.1\r\n");
        BOOST_TEST(TlsClient(hook.port()).exchange(read_request(kReader)).substr(0, 12) == "HTTP/1.1 204");
        for (std::size_t i = 0; i < AuthHook::kMostConnections; ++i)
            silent.push_back(std::make_unique<Client>(hook.port()));
        const std::string body = read_request(kReader);
        const auto head = body.find("\r\n") + 2;
        speaks.send(body.substr(head));
        BOOST_TEST(speaks.rest().substr(0, 12) == "HTTP/1.1 204");
    }
}

BOOST_AUTO_TEST_CASE(without_a_certificate_there_is_no_hook) {
    BOOST_CHECK_EXCEPTION(AuthHook(0, kSecret, "", {}, nullptr, {allowed, denied, refused, seconds}), Error,
                          [](const Error& e) { return e.error_code() == ErrorCode::kInternal; });
}

BOOST_AUTO_TEST_CASE(a_request_may_come_in_pieces) {
    Client client(hook.port());
    const std::string whole = read_request(kReader);
    for (std::size_t at = 0; at < whole.size(); at += 7) BOOST_TEST(client.send(whole.substr(at, 7)));
    BOOST_TEST(client.rest().substr(0, 12) == "HTTP/1.1 204");
}

BOOST_AUTO_TEST_CASE(what_is_not_from_mediamtx_is_refused) {
    BOOST_TEST(ask(request("{}", "/other")) == "HTTP/1.1 404");
    BOOST_TEST(ask(request("{}")) == "HTTP/1.1 400");
    BOOST_TEST(ask("GET /" + kSecret + " HTTP/1.1\r\nHost: hook\r\n\r\n") == "HTTP/1.1 405");
    BOOST_TEST(ask("nonsense\r\n\r\n") == "HTTP/1.1 400");
    BOOST_TEST(ask("POST /" + kSecret + " HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n") == "HTTP/1.1 413");
    ask("POST /" + std::string(10'000, 'x'));  // the answer may be lost: more was sent than was read
    BOOST_TEST(refused.value() == 6);
    BOOST_TEST(allowed.value() + denied.value() == 0);
}

// Four, forty and more than it bears: with a thread for each, or a queue, the last would wait for the first.
BOOST_AUTO_TEST_CASE(slow_clients_hold_up_nobody_and_are_closed) {
    const std::vector<std::string> begun{"", "\x16\x03\x01\x02",
                                         "POST /" + kSecret + " HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"};
    for (const std::size_t many : {4u, 40u, 200u}) {
        std::vector<std::unique_ptr<Client>> slow;
        for (std::size_t i = 0; i < many; ++i) {
            slow.push_back(std::make_unique<Client>(hook.port()));
            slow.back()->send(begun[i % begun.size()]);
        }
        const double before = refused.value();
        std::vector<double> milliseconds;
        for (int i = 0; i < 20; ++i) {
            const auto began = std::chrono::steady_clock::now();
            BOOST_TEST(ask(read_request(kReader)) == "HTTP/1.1 204");
            milliseconds.push_back(
                std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count());
        }
        std::sort(milliseconds.begin(), milliseconds.end());
        BOOST_TEST_MESSAGE(many << " slow clients: median " << milliseconds[10] << " ms, slowest of 20 "
                                << milliseconds.back() << " ms; " << refused.value() - before
                                << " of them were closed meanwhile");
        for (const auto& client : slow) BOOST_TEST(client->rest() == "");
    }
}

BOOST_AUTO_TEST_CASE(it_ends_with_clients_connected_and_its_port_is_free) {
    const std::uint16_t port = hook.port();
    Client client(port);
    client.send("POST ");
    hook.stop();
    BOOST_TEST(client.rest() == "");
    AuthHook again(port, kSecret, kCertificate, {}, nullptr, {allowed, denied, refused, seconds});
    BOOST_TEST(again.port() == port);
    AuthHook other(port, kSecret, kCertificate, {}, nullptr, {allowed, denied, refused, seconds});
    BOOST_TEST(other.port() != port);
}

BOOST_AUTO_TEST_SUITE_END()
