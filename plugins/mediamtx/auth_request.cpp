#include "auth_request.h"

#include <simdjson.h>

#include <array>
#include <utility>

namespace gatehouse::mediamtx {
namespace {

constexpr std::size_t kLongestField = 4'096;

bool is_loopback(const std::string& ip) {
    return ip == "::1" || ip.rfind("127.", 0) == 0 || ip.rfind("::ffff:127.", 0) == 0;
}

}  // namespace

std::optional<AuthRequest> read_auth_request(std::string_view body) {
    if (body.empty() || body.size() > kMaxHookBodyBytes) return std::nullopt;
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    simdjson::dom::object object;
    if (parser.parse(body.data(), body.size()).get(root) || root.get(object)) return std::nullopt;
    AuthRequest out;
    const std::array<std::pair<const char*, std::string*>, 7> fields{{{"ip", &out.ip},
                                                                      {"user", &out.user},
                                                                      {"password", &out.password},
                                                                      {"token", &out.token},
                                                                      {"action", &out.action},
                                                                      {"path", &out.path},
                                                                      {"protocol", &out.protocol}}};
    for (const auto& [key, text] : fields) {
        const auto found = object[key];
        if (found.error() == simdjson::NO_SUCH_FIELD) continue;  // "token" came with 1.12.3
        std::string_view value;
        if (found.get(value) || value.size() > kLongestField) return std::nullopt;
        *text = value;
    }
    if (out.action.empty()) return std::nullopt;
    return out;
}

bool same_secret(std::string_view given, std::string_view secret) noexcept {
    if (given.empty() || secret.empty() || given.size() != secret.size()) return false;
    unsigned char difference = 0;
    for (std::size_t i = 0; i < secret.size(); ++i)
        difference = static_cast<unsigned char>(difference | (given[i] ^ secret[i]));
    return difference == 0;
}

AuthAnswer decide(const AuthRequest& request, const AuthRules& rules) {
    const auto knows = [&request](const std::string& secret) {
        return same_secret(request.password, secret) || same_secret(request.token, secret);
    };
    bool allowed = false;
    if (request.action == "read")
        allowed =
            (rules.local_readers && is_loopback(request.ip)) || knows(rules.reader_secret) || knows(rules.cdn_secret);
    else if (request.action == "api")
        allowed = knows(rules.api_secret);
    return allowed ? AuthAnswer::kAllow : AuthAnswer::kDeny;
}

}  // namespace gatehouse::mediamtx
