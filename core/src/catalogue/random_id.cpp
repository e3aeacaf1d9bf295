#include "catalogue/random_id.h"

#include <openssl/rand.h>

#include <gatehouse/error.h>

namespace gatehouse::catalogue {

std::string random_bytes(std::size_t size) {
    std::string bytes(size, '\0');
    if (size == 0 || size > 4096 ||
        RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) != 1)
        throw Error(ErrorCode::kInternal, "the system's random source gave no bytes");
    return bytes;
}

std::string random_uuid() {
    static constexpr char kHex[] = "0123456789abcdef";
    const std::string bytes = random_bytes(16);
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto byte = static_cast<unsigned char>(bytes[i]);
        if (i == 6) byte = static_cast<unsigned char>((byte & 0x0f) | 0x40);
        if (i == 8) byte = static_cast<unsigned char>((byte & 0x3f) | 0x80);
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += kHex[byte >> 4];
        text += kHex[byte & 0x0f];
    }
    return text;
}

}  // namespace gatehouse::catalogue
