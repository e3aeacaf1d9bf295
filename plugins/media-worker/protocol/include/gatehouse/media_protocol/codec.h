#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include <gatehouse/media_protocol/messages.h>

/// Wire form, little-endian: magic u32 "GHMW", major u16, minor u16, type u16, reserved u16, then the fields in the
/// order of messages.h; text is u16 length + bytes, an init section u32 length + bytes, a bool one byte 0 or 1.
/// A later minor version may add types (skipped by an older reader) and append fields (ignored by it).
namespace gatehouse::media_protocol {

enum class DecodeStatus {
    ok,
    unknown_type,  ///< same major: skip the packet
    other_major,   ///< close the connection and show the reason
    malformed,     ///< close the connection
};

struct Decoded {
    DecodeStatus status = DecodeStatus::malformed;
    std::optional<Message> message;  ///< set exactly when status is ok
    std::string reason;              ///< plain words, set when status is not ok
};

/// Throws std::length_error when a text or list exceeds its limit in messages.h. Thread-safe.
std::string encode(const Message& message);

/// Never throws on hostile input (std::bad_alloc aside); allocates at most what the packet holds. Thread-safe.
Decoded decode(std::span<const std::byte> packet);

}  // namespace gatehouse::media_protocol
