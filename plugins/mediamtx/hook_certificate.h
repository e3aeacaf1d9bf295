// The auth hook's own certificate. MediaMTX holds the hook to its fingerprint, so that nobody else can answer in its
// place. Source: MediaMTX v1.20.1, observed: the fingerprint alone counts, not names, dates or who signed.
#pragma once

#include <optional>
#include <string>

namespace gatehouse::mediamtx {

// A new P-256 key and a certificate signed with it, both in PEM. Throws Error(kInternal).
std::string make_hook_certificate();

// SHA-256 of the certificate, 64 hex digits. Nothing where the text does not hold a certificate and its key.
std::optional<std::string> fingerprint_of(const std::string& pem);

}  // namespace gatehouse::mediamtx
