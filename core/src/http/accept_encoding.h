// Which stored variant of a file to send (RFC 9110 section 12.5.3). Pure.
#pragma once

#include <string_view>

namespace gatehouse::http {

enum class Coding { kIdentity, kGzip, kBrotli };

// The best coding that exists and is accepted: highest q, then brotli, gzip, identity. Identity where nothing else is
// accepted, even if it was refused: some answer is better than 406.
Coding choose_coding(std::string_view accept_encoding, bool has_gzip, bool has_brotli) noexcept;

}  // namespace gatehouse::http
