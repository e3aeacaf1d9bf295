#include <gatehouse/redaction.h>

#include <algorithm>

namespace gatehouse {

std::string without_url_credentials(std::string_view text) {
    std::string out;
    while (true) {
        const auto mark = text.find("://");
        if (mark == std::string_view::npos) return out.append(text);
        const auto begin = mark + 3;
        const auto end = std::min(text.find_first_of(" \t\r\n\"'<>|", begin), text.size());
        const auto at = text.substr(begin, end - begin).rfind('@');
        out.append(text.substr(0, begin));
        if (at != std::string_view::npos) {
            out.append("***");
            text.remove_prefix(begin + at);
        } else {
            text.remove_prefix(begin);
        }
    }
}

}  // namespace gatehouse
