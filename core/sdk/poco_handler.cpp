#include <gatehouse/poco_handler.h>

#include <Poco/MemoryStream.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <ostream>
#include <streambuf>

#include <gatehouse/error.h>

namespace gatehouse::http {

namespace {

namespace net = Poco::Net;

constexpr std::size_t kMaxAnswerBytes = 16u << 20;

// Collects what a handler writes, up to a limit; beyond it the stream goes bad.
class Collector final : public std::streambuf {
public:
    std::string take() { return std::move(bytes_); }
    bool overrun() const noexcept { return overrun_; }

protected:
    int_type overflow(int_type c) override {
        if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
        const char byte = traits_type::to_char_type(c);
        return xsputn(&byte, 1) == 1 ? c : traits_type::eof();
    }
    std::streamsize xsputn(const char* text, std::streamsize count) override {
        const auto size = static_cast<std::size_t>(count);
        if (size > kMaxAnswerBytes - bytes_.size()) {
            overrun_ = true;
            return 0;
        }
        bytes_.append(text, size);
        return count;
    }

private:
    std::string bytes_;
    bool overrun_ = false;
};

class CollectedResponse final : public net::HTTPServerResponse {
public:
    void sendContinue() override {}  // the host has
    std::ostream& send() override {
        sent_ = true;
        return stream_;
    }
    void sendFile(const std::string& path, const std::string& media_type) override {
        std::ifstream file(path, std::ios::binary);
        if (!file) throw Error(ErrorCode::kNotFound, "There is no such file");
        setContentType(media_type);
        send() << file.rdbuf();
    }
    void sendBuffer(const void* buffer, std::size_t length) override {
        send().write(static_cast<const char*>(buffer), static_cast<std::streamsize>(length));
    }
    void redirect(const std::string& uri, HTTPStatus status) override {
        setStatusAndReason(status);
        set("Location", uri);
        send();
    }
    void requireAuthentication(const std::string& realm) override {
        setStatusAndReason(HTTP_UNAUTHORIZED);
        set("WWW-Authenticate", "Basic realm=\"" + realm + "\"");
    }
    bool sent() const override { return sent_; }

    Response collect() {
        if (collector_.overrun()) throw Error(ErrorCode::kInternal, "a Poco handler's answer is larger than 16 MiB");
        Entity::Options options;
        options.status = getStatus();
        options.content_type = getContentType() == UNKNOWN_CONTENT_TYPE ? std::string() : getContentType();
        options.etag = get("ETag", "");
        options.cache_control = get("Cache-Control", "");
        for (const auto& [name, value] : *this)
            if (!is_ours(name)) options.headers.emplace_back(name, value);
        return Response::of(Entity::make(std::move(options), Body::text(collector_.take())));
    }

private:
    static bool is_ours(const std::string& field) {
        for (const char* name : {"Content-Type", "Content-Length", "Transfer-Encoding", "Connection", "Date", "ETag",
                                 "Cache-Control", "Keep-Alive"})
            if (Poco::icompare(field, name) == 0) return true;
        return false;
    }

    Collector collector_;
    std::ostream stream_{&collector_};
    bool sent_ = false;
};

class GivenRequest final : public net::HTTPServerRequest {
public:
    GivenRequest(const Request& request, CollectedResponse& response)
        : body_(request.body().data(), static_cast<std::streamsize>(request.body().size())),
          client_(address_of(request.client_address())),
          response_(response) {
        setMethod(std::string(name(request.method())));
        setURI(std::string(request.target()));
        setVersion(HTTP_1_1);
        request.each_header(
            [this](std::string_view field, std::string_view value) { add(std::string(field), std::string(value)); });
    }

    std::istream& stream() override { return body_; }
    const net::SocketAddress& clientAddress() const override { return client_; }
    const net::SocketAddress& serverAddress() const override { return server_; }
    const net::HTTPServerParams& serverParams() const override { return *params_; }
    net::HTTPServerResponse& response() const override { return response_; }
    bool secure() const override { return false; }

private:
    static net::SocketAddress address_of(std::string_view text) {
        net::IPAddress address;
        const bool parsed = net::IPAddress::tryParse(std::string(text), address);
        return {parsed ? address : net::IPAddress(), static_cast<Poco::UInt16>(0)};  // the unix door has no address
    }

    Poco::MemoryInputStream body_;
    const net::SocketAddress client_;
    const net::SocketAddress server_;
    const net::HTTPServerParams::Ptr params_{new net::HTTPServerParams};
    CollectedResponse& response_;
};

}  // namespace

std::function<void(Request&, Responder)> poco_handler(Poco::Net::HTTPRequestHandlerFactory::Ptr factory) {
    return [factory = std::move(factory)](Request& request, Responder responder) mutable {
        CollectedResponse answer;
        GivenRequest given(request, answer);
        const std::unique_ptr<net::HTTPRequestHandler> handler(factory->createRequestHandler(given));
        if (!handler) return responder.fail(404, "There is nothing at this path");
        handler->handleRequest(given, answer);
        // A status alone is an answer to a handler that wrote no body; no status and no body is none.
        if (!answer.sent() && answer.getStatus() == net::HTTPResponse::HTTP_OK)
            throw Error(ErrorCode::kInternal, "a Poco handler returned without an answer");
        responder.send(answer.collect());
    };
}

}  // namespace gatehouse::http
