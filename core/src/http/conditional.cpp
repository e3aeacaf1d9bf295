#include "http/conditional.h"

#include "http/text.h"

namespace gatehouse::http {

namespace {

std::string_view opaque(std::string_view tag) {
    if (tag.substr(0, 2) == "W/") tag.remove_prefix(2);
    return tag;
}

// Cuts the next entity tag off the list: a comma may stand inside the quotes. Empty at the end or on nonsense.
std::string_view next_tag(std::string_view& list) {
    while (!list.empty() && (list.front() == ',' || list.front() == ' ' || list.front() == '\t')) list.remove_prefix(1);
    const std::size_t quote = list.substr(0, 2) == "W/" ? 2 : 0;
    if (quote >= list.size() || list[quote] != '"') return {};
    const auto close = list.find('"', quote + 1);
    if (close == std::string_view::npos) return {};
    const std::string_view tag = list.substr(0, close + 1);
    list.remove_prefix(close + 1);
    return tag;
}

}  // namespace

bool none_match_hits(std::string_view if_none_match, std::string_view etag) noexcept {
    if (etag.empty() || if_none_match.empty()) return false;
    if (trimmed(if_none_match) == "*") return true;
    for (auto tag = next_tag(if_none_match); !tag.empty(); tag = next_tag(if_none_match))
        if (opaque(tag) == opaque(etag)) return true;
    return false;
}

bool if_range_allows(std::string_view if_range, std::string_view etag) noexcept {
    if (if_range.empty()) return true;
    return !etag.empty() && etag.front() == '"' && trimmed(if_range) == etag;
}

}  // namespace gatehouse::http
