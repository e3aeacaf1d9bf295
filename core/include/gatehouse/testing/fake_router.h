// Routes without sockets: a test calls them and looks at the answer.
#pragma once

#include <gatehouse/error.h>
#include <gatehouse/http.h>

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::testing {

struct FakeCall {
    http::Method method = http::Method::kGet;
    std::string path;                                 // decoded; becomes the target too
    std::map<std::string, std::string> headers = {};  // names in lower case
    Caller caller = {};
    std::string client = "192.0.2.1";
    std::string body = {};
};

// The answer of a call; it may come later and from another thread. Thread-safe.
class FakeAnswer {
public:
    // Waits up to `patience`; Error(kUpstreamTimeout) when nothing came.
    http::Response wait(std::chrono::milliseconds patience = std::chrono::seconds(10)) const {
        std::unique_lock lock(state_->mutex);
        if (!state_->came.wait_for(lock, patience, [this] { return state_->response.has_value(); }))
            throw Error(ErrorCode::kUpstreamTimeout, "the route did not answer");
        return *state_->response;
    }
    bool came() const {
        std::lock_guard lock(state_->mutex);
        return state_->response.has_value();
    }
    int status() const { return wait().entity->options().status; }
    std::string text() const { return wait().entity->body().to_string(); }

    http::Responder responder() const { return http::Responder(state_); }

private:
    struct State final : http::Responder::Sink {
        void send(http::Response r) override {
            std::lock_guard lock(mutex);
            response = std::move(r);
            came.notify_all();
        }
        std::mutex mutex;
        std::condition_variable came;
        std::optional<http::Response> response;
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

// Value of a header of an answer, of the entity or of the answer alone; empty where it has none.
inline std::string header_of(const http::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
        if (key == name) return value;
    for (const auto& [key, value] : response.entity->options().headers)
        if (key == name) return value;
    return {};
}

class FakeRequest final : public http::Request {
public:
    FakeRequest(const FakeCall& call, std::vector<std::string> parameters)
        : call_(call), parameters_(std::move(parameters)) {}
    http::Method method() const noexcept override { return call_.method; }
    std::string_view path() const noexcept override { return call_.path; }
    std::string_view target() const noexcept override { return call_.path; }
    std::string_view query() const noexcept override { return {}; }
    std::optional<std::string> query_parameter(std::string_view) const override { return std::nullopt; }
    std::string_view parameter(std::size_t n) const noexcept override {
        return n < parameters_.size() ? std::string_view(parameters_[n]) : std::string_view();
    }
    std::string_view header(std::string_view name) const noexcept override {
        std::string lower(name);
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const auto it = call_.headers.find(lower);
        return it == call_.headers.end() ? std::string_view() : std::string_view(it->second);
    }
    std::string_view body() const noexcept override { return call_.body; }
    std::string_view client_address() const noexcept override { return call_.client; }
    bool client_is_loopback() const noexcept override { return call_.client == "127.0.0.1"; }
    const Caller& caller() const noexcept override { return call_.caller; }
    std::string_view request_id() const noexcept override { return "test"; }

private:
    FakeCall call_;
    std::vector<std::string> parameters_;
};

// Thread-safe for registering and calling. Patterns of fixed segments and {placeholders} only.
class FakeRouter final : public http::Router {
public:
    Registration route(http::Route route) override {
        std::lock_guard lock(mutex_);
        auto kept = std::make_shared<http::Route>(std::move(route));
        routes_.push_back(kept);
        return Registration([this, kept] {
            std::lock_guard withdraw(mutex_);
            std::erase(routes_, kept);
        });
    }

    // 404 where no route matches, as the host does.
    FakeAnswer call(const FakeCall& call) {
        FakeAnswer answer;
        auto responder = answer.responder();
        const auto segments = split(call.path);
        for (const auto& route : routes()) {
            std::vector<std::string> parameters;
            if (!serves(*route, call.method) || !matches(split(route->pattern), segments, parameters)) continue;
            FakeRequest request(call, std::move(parameters));
            route->handler(request, std::move(responder));
            return answer;
        }
        responder.fail(404, "no route");
        return answer;
    }
    FakeAnswer get(const std::string& path) { return call({.path = path}); }

    std::vector<std::shared_ptr<http::Route>> routes() const {
        std::lock_guard lock(mutex_);
        return routes_;
    }

private:
    static std::vector<std::string> split(std::string_view path) {
        std::vector<std::string> parts;
        for (std::size_t begin = 1; begin <= path.size();) {
            const auto end = std::min(path.find('/', begin), path.size());
            parts.emplace_back(path.substr(begin, end - begin));
            begin = end + 1;
        }
        return parts;
    }
    static bool serves(const http::Route& route, http::Method method) {
        const auto wanted = method == http::Method::kHead ? http::Method::kGet : method;
        return std::find(route.methods.begin(), route.methods.end(), wanted) != route.methods.end();
    }
    static bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
                        std::vector<std::string>& parameters) {
        if (pattern.size() != path.size()) return false;
        for (std::size_t i = 0; i < pattern.size(); ++i) {
            if (pattern[i].starts_with('{'))
                parameters.push_back(path[i]);
            else if (pattern[i] != path[i])
                return false;
        }
        return true;
    }

    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<http::Route>> routes_;
};

}  // namespace gatehouse::testing
