#include "http/cors.h"

#include <algorithm>

#include <gatehouse/error.h>

#include "http/text.h"

namespace gatehouse::http {

namespace {

// The authority of an origin without the default port of its scheme; empty where it is none.
std::string_view authority_of(std::string_view origin, std::string_view& default_port) {
    for (const auto& [scheme, port] : {std::pair{std::string_view("http://"), std::string_view(":80")},
                                       std::pair{std::string_view("https://"), std::string_view(":443")}}) {
        if (!equal_ignoring_case(origin.substr(0, scheme.size()), scheme)) continue;
        default_port = port;
        return origin.substr(scheme.size());
    }
    return {};
}

std::string_view without(std::string_view authority, std::string_view port) {
    const bool ends = authority.size() > port.size() && authority.substr(authority.size() - port.size()) == port;
    return ends ? authority.substr(0, authority.size() - port.size()) : authority;
}

}  // namespace

Cors::Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {
    for (const std::string& origin : origins_) {
        std::string_view port;
        const std::string_view authority = authority_of(origin, port);
        if (authority.empty() || authority.find_first_of("/?#@ *\r\n") != std::string_view::npos)
            throw Error(ErrorCode::kInvalidArgument,
                        "http.cors_origins: '" + origin + "' is not an origin such as https://example.org");
    }
}

Cors::Verdict Cors::judge(std::string_view origin, std::string_view host) const {
    if (origin.empty()) return Verdict::kNoOrigin;
    const bool listed = std::any_of(origins_.begin(), origins_.end(),
                                    [&](const std::string& each) { return equal_ignoring_case(each, origin); });
    if (listed) return Verdict::kAllowed;
    std::string_view port;
    const std::string_view authority = authority_of(origin, port);
    const bool same = !authority.empty() && equal_ignoring_case(without(authority, port), without(host, port));
    return same ? Verdict::kSameOrigin : Verdict::kForeign;
}

}  // namespace gatehouse::http
