// The body of a call of MediaMTX's auth hook: nobody is let in who does not know the secret.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "mediamtx/auth_request.h"

using namespace gatehouse::mediamtx;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string body(data, data + size);
    const AuthRules rules{"reader-secret", "cdn-secret", "api-secret", false};
    const auto asked = read_auth_request(body);
    if (!asked) return 0;
    if (body.size() > kMaxHookBodyBytes || asked->action.empty()) std::abort();
    const auto knows = [&asked](const std::string& secret) {
        return asked->password == secret || asked->token == secret;
    };
    const bool may = (asked->action == "read" && (knows(rules.reader_secret) || knows(rules.cdn_secret))) ||
                     (asked->action == "api" && knows(rules.api_secret));
    if ((decide(*asked, rules) == AuthAnswer::kAllow) != may) std::abort();
    return 0;
}
