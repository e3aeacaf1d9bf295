// The body of a call of MediaMTX's auth hook: nobody is let in who does not know the secret.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "mediamtx/auth_request.h"

using namespace gatehouse::mediamtx;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string body(data, data + size);
    const AuthRules rules{"reader-secret", "cdn-secret", false};
    const auto asked = read_auth_request(body);
    if (!asked) return 0;
    if (body.size() > kMaxHookBodyBytes || asked->action.empty()) std::abort();
    const bool knows = asked->password == rules.reader_secret || asked->token == rules.reader_secret ||
                       asked->password == rules.cdn_secret || asked->token == rules.cdn_secret;
    const bool allowed = decide(*asked, rules) == AuthAnswer::kAllow;
    if (allowed != (knows && asked->action == "read")) std::abort();
    return 0;
}
