// The client against a server whose every byte a test decides, over loopback sockets.
#pragma once

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <Poco/Logger.h>
#include <gatehouse/error.h>
#include <gatehouse/unique_fd.h>

#include "http/client/client.h"
#include "metrics/metrics_registry.h"

namespace gatehouse {

using namespace std::chrono_literals;

// What a server does with one request.
struct Reaction {
    std::vector<std::string> pieces;  // sent one after the other
    bool close = false;               // the connection, afterwards
    bool linger = false;              // neither answers further nor closes until the server ends
};

// One thread per connection.
class Server {
public:
    using React = std::function<Reaction(int connection, int request, const std::string& head)>;

    explicit Server(React react)
        : react_(std::move(react)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        BOOST_REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        BOOST_REQUIRE(::listen(listener_.get(), 64) == 0);
        socklen_t size = sizeof address;
        BOOST_REQUIRE(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        accepting_ = std::thread([this] { accept_all(); });
    }
    ~Server() {
        ::shutdown(listener_.get(), SHUT_RDWR);
        accepting_.join();
        {
            const std::lock_guard lock(mutex_);
            for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
        }
        for (auto& thread : serving_) thread.join();
    }
    std::uint16_t port() const { return port_; }
    int connections() const { return connections_; }
    int most_at_once() const { return most_; }

private:
    void accept_all() {
        for (;;) {
            const int fd = ::accept(listener_.get(), nullptr, nullptr);
            if (fd < 0) return;
            const std::lock_guard lock(mutex_);
            open_.push_back(fd);
            const int number = ++connections_;
            serving_.emplace_back([this, fd, number] { serve(fd, number); });
        }
    }
    void serve(int fd, int number) {
        most_ = std::max(most_.load(), ++at_once_);
        std::string bytes;
        char buffer[4096];
        bool open = true;
        for (int request = 1; open; ++request) {
            std::size_t end = 0;
            while (open && (end = bytes.find("\r\n\r\n")) == std::string::npos) {
                const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
                if (got <= 0)
                    open = false;
                else
                    bytes.append(buffer, static_cast<std::size_t>(got));
            }
            if (!open) break;
            const std::string head = bytes.substr(0, end + 4);
            bytes.erase(0, end + 4);
            const Reaction reaction = react_(number, request, head);
            for (const auto& piece : reaction.pieces)
                if (::send(fd, piece.data(), piece.size(), MSG_NOSIGNAL) < 0) open = false;
            if (reaction.linger)
                while (::recv(fd, buffer, sizeof buffer, 0) > 0) continue;
            if (reaction.close || reaction.linger) open = false;
        }
        --at_once_;
        const std::lock_guard lock(mutex_);
        std::erase(open_, fd);
        ::close(fd);
    }

    const React react_;
    UniqueFd listener_;
    std::uint16_t port_ = 0;
    std::thread accepting_;
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::thread> serving_;
    std::atomic<int> connections_{0}, at_once_{0}, most_{0};
};

struct Result {
    HttpClientResponse response;
    std::optional<ErrorCode> error;
    std::string text;
};

// Collects what calls end with.
class Results {
public:
    HttpClient::Done take() {
        return [this](HttpClientResponse response, std::exception_ptr failure) {
            Result result{std::move(response), std::nullopt, {}};
            try {
                if (failure) std::rethrow_exception(failure);
            } catch (const Error& e) {
                result.error = e.error_code();
                result.text = e.message();
            } catch (const std::exception& e) {
                result.text = e.what();
            }
            const std::lock_guard lock(mutex_);
            results_.push_back(std::move(result));
            came_.notify_all();
        };
    }
    std::vector<Result> wait(std::size_t count) {
        std::unique_lock lock(mutex_);
        BOOST_REQUIRE(came_.wait_for(lock, 30s, [&] { return results_.size() >= count; }));
        return results_;
    }

private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::vector<Result> results_;
};

struct ClientFixture {
    metrics::MetricsRegistry metrics;
    http::Client client{{}, metrics, Poco::Logger::get("test")};

    static HttpClientRequest to(const Server& server, std::string target = "/") {
        HttpClientRequest request;
        request.host = "127.0.0.1";
        request.port = server.port();
        request.target = std::move(target);
        request.deadline = 20s;
        return request;
    }
    Result get(HttpClientRequest request) {
        Results results;
        client.send(std::move(request), results.take());
        return results.wait(1).front();
    }
    Result get(const Server& server) { return get(to(server)); }
};

inline std::string sized(const std::string& body, const std::string& fields = {}) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" + body;
}

}  // namespace gatehouse
