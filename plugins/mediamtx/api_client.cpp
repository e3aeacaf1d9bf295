#include "api_client.h"

#include <Poco/Base64Encoder.h>
#include <gatehouse/error.h>

#include <future>
#include <optional>
#include <sstream>
#include <utility>

#include "redaction.h"

namespace gatehouse::mediamtx {
namespace {

constexpr int kOk = 200, kBadRequest = 400, kUnauthorized = 401, kNotFound = 404, kServerError = 500;

bool ok(int status) { return status >= kOk && status < 300; }

// One page for all: pages of a changing list do not fit together.
constexpr const char* kPage = "?itemsPerPage=20000";

std::string refusal(const ApiAnswer& answer) {
    const std::string text = redacted(read_error(answer.body));
    return text.empty() ? "it answers " + std::to_string(answer.status) : text;
}

}  // namespace

std::string basic_authorization(const std::string& user_and_password) {
    std::ostringstream encoded;
    Poco::Base64Encoder encoder(encoded);
    encoder.rdbuf()->setLineLength(0);
    encoder << user_and_password;
    encoder.close();
    return "Basic " + encoded.str();
}

void ApiClient::set_place(ApiPlace place) {
    std::lock_guard lock(mutex_);
    place_ = std::move(place);
}

void ApiClient::cancel() {
    HttpCall current;
    {
        std::lock_guard lock(mutex_);
        cancelled_ = true;
        current = current_;
    }
    current.cancel();
}

ApiAnswer ApiClient::call(http::Method method, const std::string& target, std::string body) {
    HttpClientRequest request;
    request.method = method;
    request.target = target;
    request.body = std::move(body);
    request.deadline = timeout_;
    request.body_limit_bytes = kMaxAnswerBytes;
    if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    // Shared: after a failure of our own the client may still call back.
    auto promise = std::make_shared<std::promise<ApiAnswer>>();
    auto answer = promise->get_future();
    std::optional<CallPass::Call> passed;  // until the answer is there
    {
        std::lock_guard lock(mutex_);
        if (cancelled_ || place_.port == 0) throw Error(ErrorCode::kUnavailable, "MediaMTX's address is not known yet");
        request.host = place_.host;
        request.port = place_.port;
        if (place_.pass) {
            passed.emplace(place_.pass);
            request.headers.emplace_back("Authorization", basic_authorization("gatehouse:" + passed->password()));
        } else if (!place_.authorization.empty())
            request.headers.emplace_back("Authorization", place_.authorization);
        ++calls_;
        current_ = client_.send(std::move(request), [promise](HttpClientResponse response, std::exception_ptr failure) {
            if (failure)
                promise->set_exception(failure);
            else
                promise->set_value({response.status, std::move(response.body)});
        });
    }
    try {
        ApiAnswer got = answer.get();
        if (passed && ok(got.status) && !passed->was_taken())
            throw Error(ErrorCode::kUnauthorized,
                        "what answers on MediaMTX's API port did not ask the gateway's auth hook: it is another "
                        "program, or a MediaMTX with other settings");
        return got;
    } catch (...) {
        ++failures_;
        throw;
    }
}

std::string ApiClient::get(const std::string& target) {
    ApiAnswer answer = call(http::Method::kGet, target);
    if (answer.status == kUnauthorized)
        throw Error(ErrorCode::kUnauthorized, "MediaMTX refuses the gateway: wrong user or password for its API");
    if (!ok(answer.status)) throw Error(ErrorCode::kBadUpstream, "MediaMTX's API: " + refusal(answer));
    return std::move(answer.body);
}

std::optional<EngineInfo> ApiClient::info() {
    const ApiAnswer answer = call(http::Method::kGet, "/v3/info");
    if (answer.status == kNotFound) return std::nullopt;
    if (answer.status == kUnauthorized)
        throw Error(ErrorCode::kUnauthorized, "MediaMTX refuses the gateway: wrong user or password for its API");
    if (!ok(answer.status)) throw Error(ErrorCode::kBadUpstream, "MediaMTX's API: " + refusal(answer));
    return read_info(answer.body);
}

PathItems ApiClient::paths() { return read_paths(get(std::string("/v3/paths/list") + kPage)); }

ConfiguredPaths ApiClient::configured_paths() {
    return read_configured_paths(get(std::string("/v3/config/paths/list") + kPage));
}

GlobalConfig ApiClient::global() { return read_global(get("/v3/config/global/get")); }

RawSettings ApiClient::settings() { return read_settings(get("/v3/config/global/get")); }

std::string ApiClient::replace(const std::string& name, const PathConfig& config) {
    const ApiAnswer answer = call(http::Method::kPost, "/v3/config/paths/replace/" + name, path_body(config));
    return ok(answer.status) ? std::string() : refusal(answer);
}

std::string ApiClient::remove(const std::string& name) {
    const ApiAnswer answer = call(http::Method::kDelete, "/v3/config/paths/delete/" + name);
    if (ok(answer.status) || answer.status == kNotFound) return {};
    const std::string text = refusal(answer);
    // v1.2.1 to v1.4.2 say it with 400 or 500.
    const bool missing =
        (answer.status == kBadRequest || answer.status == kServerError) && text.find("not found") != std::string::npos;
    return missing ? std::string() : text;
}

}  // namespace gatehouse::mediamtx
