// Identifiers from the operating system's random source (OpenSSL RAND).
#pragma once

#include <cstddef>
#include <string>

namespace gatehouse::catalogue {

// `size` random bytes, 1 to 4096. Throws Error(kInternal) where the random source fails. Thread-safe.
std::string random_bytes(std::size_t size);
// A random UUID of version 4 in lower-case text form (RFC 9562 section 5.4). Thread-safe.
std::string random_uuid();

}  // namespace gatehouse::catalogue
