#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include <gatehouse/media_protocol/codec.h>

// What decodes must encode again to something that decodes to the same message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mp = gatehouse::media_protocol;
    const mp::Decoded first = mp::decode(std::as_bytes(std::span(data, size)));
    if (first.status != mp::DecodeStatus::ok) return first.reason.empty() || first.message ? std::abort(), 0 : 0;
    const std::string bytes = mp::encode(*first.message);
    const mp::Decoded second = mp::decode(std::as_bytes(std::span(bytes)));
    if (second.status != mp::DecodeStatus::ok || *second.message != *first.message) std::abort();
    return 0;
}
