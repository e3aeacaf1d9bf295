// From the request target to the path that routes are matched on.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::http {

struct Target {
    enum class Form { kOrigin, kAsterisk };
    Form form = Form::kOrigin;
    std::string_view path;       // decoded; a view into the target, or into the scratch string
    std::string_view query;      // as received, without '?'
    std::string_view authority;  // of the absolute form; empty else
};

// RFC 9112 section 3.2: origin form, absolute form of http and https, and "*". Refused (nullopt): fragments, bytes
// outside printable ASCII, malformed escapes, escaped '/', '\\' and control characters, "." and ".." segments in any
// spelling, and escapes that are not UTF-8. ';' is a character of its segment like any other.
std::optional<Target> normalise_target(std::string_view target, std::string& scratch);

// Decodes escapes and '+' of one query part; malformed escapes stay as they are.
std::string decode_query(std::string_view text);
// First value of the key; nullopt if absent.
std::optional<std::string> query_value(std::string_view query, std::string_view key);

}  // namespace gatehouse::http
