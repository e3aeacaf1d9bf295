#define BOOST_TEST_MODULE mediamtx_hook
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth_hook.h"

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

const std::string kSecret = "0123456789abcdef", kReader = "reader-secret";

struct Hook {
    Count allowed, denied, refused;
    Times seconds;
    const std::shared_ptr<CallPass> pass = std::make_shared<CallPass>();
    AuthHook hook{0, kSecret, {kReader, "cdn", "api", false}, pass, {allowed, denied, refused, seconds}};

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
    BOOST_TEST(hook.url() == "http://127.0.0.1:" + std::to_string(hook.port()) + "/" + kSecret);
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
    for (const std::size_t many : {4u, 40u, 200u}) {
        std::vector<std::unique_ptr<Client>> slow;
        for (std::size_t i = 0; i < many; ++i) {
            slow.push_back(std::make_unique<Client>(hook.port()));
            slow.back()->send(i % 2 == 0 ? "" : "POST /" + kSecret + " HTTP/1.1\r\nContent-Length: 9\r\n\r\n{");
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
    AuthHook again(port, kSecret, {}, nullptr, {allowed, denied, refused, seconds});
    BOOST_TEST(again.port() == port);
    AuthHook other(port, kSecret, {}, nullptr, {allowed, denied, refused, seconds});
    BOOST_TEST(other.port() != port);
}

BOOST_AUTO_TEST_SUITE_END()
