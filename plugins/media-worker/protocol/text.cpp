#include <gatehouse/media_protocol/text.h>

#include <algorithm>

namespace gatehouse::media_protocol {
namespace {

constexpr std::string_view kNoCharacter = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kSpace = " ";

unsigned byte_at(std::string_view text, std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
}

/// Bytes of the character at the beginning, 0 where there is none (RFC 3629, section 4).
std::size_t character_bytes(std::string_view text) {
    const auto between = [text](std::size_t i, unsigned low, unsigned high) {
        return byte_at(text, i) >= low && byte_at(text, i) <= high;
    };
    const auto is_tail = [&between](std::size_t i) { return between(i, 0x80, 0xBF); };
    const unsigned first = byte_at(text, 0);
    if (first < 0x80) return 1;
    if (between(0, 0xC2, 0xDF)) return is_tail(1) ? 2 : 0;
    if (between(0, 0xE0, 0xEF)) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = first == 0xED ? 0x9F : 0xBF;
        return between(1, low, high) && is_tail(2) ? 3 : 0;
    }
    if (between(0, 0xF0, 0xF4)) {
        const unsigned low = first == 0xF0 ? 0x90 : 0x80;
        const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
        return between(1, low, high) && is_tail(2) && is_tail(3) ? 4 : 0;
    }
    return 0;
}

/// C0, DEL, and C1 in its UTF-8 form: terminals obey them all.
bool is_control(std::string_view character) {
    const unsigned first = byte_at(character, 0);
    return first < 0x20 || first == 0x7F || (first == 0xC2 && byte_at(character, 1) < 0xA0);
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t limit_bytes) {
    std::string out;
    while (!text.empty()) {
        const std::size_t size = character_bytes(text);
        std::string_view shown = kNoCharacter;
        if (size > 0) shown = is_control(text) ? kSpace : text.substr(0, size);
        if (out.size() + shown.size() > limit_bytes) break;
        out += shown;
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

}  // namespace gatehouse::media_protocol
