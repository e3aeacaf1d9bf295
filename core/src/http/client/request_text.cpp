#include "http/client/request_text.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <gatehouse/error.h>

#include "http/text.h"

namespace gatehouse::http {

namespace {

constexpr std::array<std::string_view, 7> kOwnFields{"Host",           "User-Agent",        "Accept", "Connection",
                                                     "Content-Length", "Transfer-Encoding", "Expect"};
constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z'); }
bool is_visible(char c) { return c > ' ' && c < '\x7F'; }

template <class Fits>
bool every(std::string_view text, Fits fits) {
    return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

void require(bool fine, const char* what) {
    if (!fine) throw Error(ErrorCode::kInvalidArgument, std::string("this request cannot be sent: ") + what);
}

void check(const HttpClientRequest& request) {
    require(
        every(request.host, [](char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_' || c == ':'; }),
        "the host is malformed");
    require(request.port != 0, "the port is 0");
    require(request.method != Method::kOther, "the method is unknown");
    require(every(request.target, is_visible) && request.target.front() == '/', "the target is malformed");
    for (const auto& [name, value] : request.headers) {
        require(every(name, [](char c) { return is_alphanumeric(c) || kMarks.find(c) != std::string_view::npos; }),
                "a field's name is malformed");
        require(std::all_of(value.begin(), value.end(),
                            [](char c) { return c == '\t' || (c >= ' ' && c != '\x7F') || c < 0; }),
                "a field's value is malformed");
        require(std::none_of(kOwnFields.begin(), kOwnFields.end(),
                             [&, &wanted = name](std::string_view own) { return equal_ignoring_case(own, wanted); }),
                "a field is the client's own");
    }
}

}  // namespace

std::string request_text(const HttpClientRequest& request, const std::string& user_agent) {
    check(request);
    const bool bracketed = request.host.find(':') != std::string::npos;
    std::string text(name(request.method));
    text += ' ' + request.target + " HTTP/1.1\r\nHost: ";
    text += bracketed ? '[' + request.host + ']' : request.host;
    if (request.port != 80) text += ':' + std::to_string(request.port);
    text += "\r\nUser-Agent: " + user_agent + "\r\nAccept: */*\r\n";
    for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
    if (!request.body.empty() || request.method == Method::kPost || request.method == Method::kPut ||
        request.method == Method::kPatch)
        text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    return text + "\r\n" + request.body;
}

}  // namespace gatehouse::http
