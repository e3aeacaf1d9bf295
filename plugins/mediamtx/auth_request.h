// What MediaMTX asks its auth hook, and what we answer. Pure.
//
// Policy: MediaMTX listens on loopback only and viewers never reach it; HLS is read with the CDN secret, which MediaMTX
// checks itself. So nobody is let in but readers who know one of our secrets, programs on this machine where the
// operator allowed local_readers, and administrators to the API: who may use that may have MediaMTX run commands.
// Publishing, playback, metrics and everything else: no.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::mediamtx {

inline constexpr std::size_t kMaxHookBodyBytes = 16'384;

struct AuthRequest {
    std::string ip, user, password, token, action, path, protocol;
};
// Strict: an object, the fields above as text of at most 4,096 bytes each, `action` present. Nothing for all else.
std::optional<AuthRequest> read_auth_request(std::string_view body);

struct AuthRules {
    std::string reader_secret, cdn_secret, api_secret;  // an empty one lets in nobody
    bool local_readers = false;
};
enum class AuthAnswer { kAllow, kDeny };
AuthAnswer decide(const AuthRequest& request, const AuthRules& rules);

// Takes the same time wherever the texts differ. Empty texts equal nothing.
bool same_secret(std::string_view given, std::string_view secret) noexcept;

}  // namespace gatehouse::mediamtx
