#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace gatehouse::mediad {

/// Takes apart what a camera sends over an RTSP/TCP connection once it plays: packets behind '$', channel and 16-bit
/// length (RFC 2326, 10.12), and RTSP messages in between. Pure, bounded, not thread-safe.
class InterleavedParser {
public:
    class Handler {
    public:
        virtual ~Handler() = default;
        virtual void packet(std::uint8_t channel, std::span<const std::byte> bytes) = 0;
        virtual void message(std::string_view head) = 0;  ///< start line and headers, without the body
    };

    static constexpr std::size_t kMaxHeadBytes = 16 * 1024;
    static constexpr std::size_t kMaxBodyBytes = 64 * 1024;

    /// `bytes` are only borrowed; what is incomplete is kept for the next call. False: this is not RTSP, or beyond the
    /// limits; nothing more can be understood.
    bool feed(std::span<const std::byte> bytes, Handler& handler);

private:
    /// How many bytes were complete; -1 as above.
    std::ptrdiff_t consume(std::span<const std::byte> bytes, Handler& handler);

    std::vector<std::byte> rest_;
    std::size_t skip_ = 0;  // of a message's body
};

}  // namespace gatehouse::mediad
