// Answers of other servers, in pieces of any size: bounded, and the same whatever the pieces.
#include <gatehouse/error.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "http/client/response_parser.h"

using namespace gatehouse;

namespace {

constexpr std::size_t kHead = 4'096, kBody = 2'048;

// Status and body, or nothing where it was refused.
std::optional<std::string> read(std::string_view bytes, std::size_t piece) {
    std::string body;
    http::ResponseParser parser({kHead, kBody}, false, [&](std::string_view more) { body += more; });
    try {
        std::string buffer;
        while (!bytes.empty() && !parser.done()) {
            buffer += bytes.substr(0, piece);
            bytes.remove_prefix(std::min(piece, bytes.size()));
            buffer.erase(0, parser.feed(buffer));
        }
        if (!parser.done()) parser.end_of_input(buffer.size());
    } catch (const Error&) {
        return std::nullopt;
    }
    const auto response = parser.take_response();
    if (!parser.done() || response.status < 100 || response.status > 599) std::abort();
    if (body.size() + response.body.size() > kBody || response.headers.size() > http::ResponseParser::kMaxFields)
        std::abort();
    return std::to_string(response.status) + '\n' + body + '\n' + response.body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 16'384) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = read(bytes, bytes.size() + 1);
    const auto pieces = read(bytes, data[0] % 32 + 1u);
    // A limit of the head may be met earlier in pieces; what both accept must be the same.
    if (whole && pieces && *whole != *pieces) std::abort();
    return 0;
}
