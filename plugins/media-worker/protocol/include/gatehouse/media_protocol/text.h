#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse::media_protocol {

/// Text from outside as the protocol's strings are to be: UTF-8 on one line, at most `limit_bytes` long, cut between
/// two characters. A byte that belongs to no character (RFC 3629, section 4) becomes U+FFFD, a control character a
/// space. Thread-safe.
std::string clean_text(std::string_view text, std::size_t limit_bytes);

}  // namespace gatehouse::media_protocol
