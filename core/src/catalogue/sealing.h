// Sealing of secrets at rest: AES-256-GCM under the master key, bound to the place the secret belongs to.
#pragma once

#include <string>
#include <string_view>

#include "catalogue/master_key.h"

namespace gatehouse::catalogue {

// The place of a sealed value. A blob copied to another row or column does not open there.
struct SealedPlace {
    std::string_view table, row_uuid, column;  // none may hold '|'
};

// Blob: version byte 1, 8 bytes of the key's id, 12 bytes of nonce, ciphertext, 16 bytes of tag. The first 9 bytes and
// "table|row|column" are authenticated too (NIST SP 800-38D). `plain` is at most 64 KiB. Thread-safe, CPU only. Throws
// Error(kInternal) where the random source fails.
std::string seal(const MasterKey& key, const SealedPlace& place, std::string_view plain);

// Throws Error(kInternal) with a text that says whether the blob was sealed with another key, was changed or moved, or
// is of an unknown form; the text holds nothing of the secret.
std::string unseal(const MasterKey& key, const SealedPlace& place, std::string_view blob);

}  // namespace gatehouse::catalogue
