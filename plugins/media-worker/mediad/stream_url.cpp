#include "stream_url.h"

#include <algorithm>

namespace gatehouse::mediad {

std::optional<std::string> object_to_url(std::string_view url) {
    std::string_view rest;
    for (const std::string_view scheme : {"rtsp://", "rtsps://"})
        if (url.starts_with(scheme)) rest = url.substr(scheme.size());
    if (rest.empty()) return "the address must begin with rtsp:// or rtsps:// and name a host";
    if (std::any_of(url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; }))
        return "the address contains blanks or control characters";
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
    if (authority.empty() || authority.front() == ':') return "the address names no host";
    if (authority.find('@') != std::string_view::npos)
        return "the address contains a user or password: these have fields of their own";
    return std::nullopt;
}

}  // namespace gatehouse::mediad
