#include "auth_hook.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <gatehouse/error.h>

#include <array>
#include <chrono>
#include <istream>
#include <optional>

namespace gatehouse::mediamtx {

struct AuthHook::Shared {
    std::string path;  // "/<secret>"
    AuthRules rules;
    Counts counts;
};

namespace {

namespace net = Poco::Net;
using Status = net::HTTPResponse::HTTPStatus;

constexpr int kThreads = 4, kQueue = 64;

// At most kMaxHookBodyBytes; nothing where there is more.
std::optional<std::string> read_body(std::istream& in) {
    std::string out;
    std::array<char, 4'096> block{};
    while (in.good()) {
        in.read(block.data(), block.size());
        out.append(block.data(), static_cast<std::size_t>(in.gcount()));
        if (out.size() > kMaxHookBodyBytes) return std::nullopt;
    }
    return out;
}

class Handler final : public net::HTTPRequestHandler {
public:
    explicit Handler(std::shared_ptr<AuthHook::Shared> shared) : shared_(std::move(shared)) {}

    void handleRequest(net::HTTPServerRequest& request, net::HTTPServerResponse& response) override {
        const auto began = std::chrono::steady_clock::now();
        response.setKeepAlive(false);
        response.setContentLength(0);
        response.setStatusAndReason(answer(request));
        response.send();
        shared_->counts.seconds.observe(
            std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    }

private:
    Status answer(net::HTTPServerRequest& request) {
        if (!same_secret(request.getURI(), shared_->path)) return refuse(Status::HTTP_NOT_FOUND);
        if (request.getMethod() != net::HTTPRequest::HTTP_POST) return refuse(Status::HTTP_METHOD_NOT_ALLOWED);
        const auto body = read_body(request.stream());
        if (!body) return refuse(Status::HTTP_REQUESTENTITYTOOLARGE);
        const auto asked = read_auth_request(*body);
        if (!asked) return refuse(Status::HTTP_BAD_REQUEST);
        const bool allowed = decide(*asked, shared_->rules) == AuthAnswer::kAllow;
        (allowed ? shared_->counts.allowed : shared_->counts.denied).add();
        return allowed ? Status::HTTP_NO_CONTENT : Status::HTTP_UNAUTHORIZED;
    }

    Status refuse(Status status) {
        shared_->counts.refused.add();
        return status;
    }

    std::shared_ptr<AuthHook::Shared> shared_;
};

class Factory final : public net::HTTPRequestHandlerFactory {
public:
    explicit Factory(std::shared_ptr<AuthHook::Shared> shared) : shared_(std::move(shared)) {}
    net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override {
        return std::make_unique<Handler>(shared_).release();  // Poco takes it over
    }

private:
    std::shared_ptr<AuthHook::Shared> shared_;
};

net::ServerSocket listen_on(std::uint16_t port) {
    net::ServerSocket socket;
    socket.bind(net::SocketAddress("127.0.0.1", port), true);
    socket.listen(kQueue);
    return socket;
}

net::ServerSocket listen(std::uint16_t port) {
    if (port != 0) {
        try {
            return listen_on(port);
        } catch (const Poco::Exception&) {  // somebody else took it meanwhile
        }
    }
    try {
        return listen_on(0);
    } catch (const Poco::Exception& e) {
        throw Error(ErrorCode::kUnavailable, "the auth hook cannot listen: " + e.displayText());
    }
}

}  // namespace

AuthHook::AuthHook(std::uint16_t port, std::string secret, AuthRules rules, Counts counts)
    : shared_(std::make_shared<Shared>(Shared{"/" + std::move(secret), std::move(rules), counts})),
      threads_("mediamtx.hook", kThreads, kThreads) {
    const auto socket = listen(port);
    port_ = socket.address().port();
    net::HTTPServerParams::Ptr params = new net::HTTPServerParams;  // Poco counts the references
    params->setMaxThreads(kThreads);
    params->setMaxQueued(kQueue);
    params->setKeepAlive(false);
    params->setTimeout(Poco::Timespan(2, 0));
    server_ = std::make_unique<net::HTTPServer>(new Factory(shared_), threads_, socket, params);
    server_->start();
}

AuthHook::~AuthHook() { stop(); }

std::uint16_t AuthHook::port() const { return port_; }

std::string AuthHook::url() const { return "http://127.0.0.1:" + std::to_string(port_) + shared_->path; }

void AuthHook::stop() {
    if (!server_) return;
    server_->stopAll(true);
    server_.reset();
    threads_.joinAll();
}

}  // namespace gatehouse::mediamtx
