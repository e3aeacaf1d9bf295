// The address MediaMTX pulls a camera from, credentials inside. Pure.
#pragma once

#include <gatehouse/catalogue.h>

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::mediamtx {

// Everything but RFC 3986 "unreserved" as %XX: a password may hold any byte.
std::string percent_encoded(std::string_view text);

// `url` is rtsp:// or rtsps:// without user info. MediaMTX wants user and password both or neither (v1.20.1). On
// failure the result is empty and `problem` says what is wrong, without showing any part of URL or credentials.
std::optional<std::string> source_url(const std::string& url, const Credentials& credentials, std::string& problem);

}  // namespace gatehouse::mediamtx
