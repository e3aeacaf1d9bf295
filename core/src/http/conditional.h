// Validators (RFC 9110 sections 8.8.3, 13.1.2 and 13.1.5). Pure.
#pragma once

#include <string_view>

namespace gatehouse::http {

// Whether If-None-Match names the tag, by weak comparison; "*" names every one. False where there is no tag.
bool none_match_hits(std::string_view if_none_match, std::string_view etag) noexcept;
// Whether If-Range allows a part: only a strong tag equal to ours does. Dates never do, since we give none.
bool if_range_allows(std::string_view if_range, std::string_view etag) noexcept;

}  // namespace gatehouse::http
