#include "line_memory.h"

#include <algorithm>
#include <functional>

namespace gatehouse::mediamtx {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_part_of_name(char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; }

void append_comparable(std::string& out, std::string_view word) {
    constexpr std::size_t kIdLength = 8;
    if (word.size() == kIdLength && std::all_of(word.begin(), word.end(), is_hex)) {
        out += '#';
        return;
    }
    const auto digits = static_cast<std::size_t>(std::find_if_not(word.begin(), word.end(), is_digit) - word.begin());
    if (digits > 0) out += '#';
    out += word.substr(digits);
}

}  // namespace

std::string comparable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto length =
            static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_part_of_name) - text.begin());
        append_comparable(out, text.substr(0, length));
        text.remove_prefix(length);
        if (text.empty()) break;
        out += text.front();
        text.remove_prefix(1);
    }
    return out;
}

bool LineMemory::repeats(std::string_view text, MonotonicTime now) {
    const std::size_t key = std::hash<std::string>{}(comparable(text));
    if (const auto it = written_.find(key); it != written_.end() && now - it->second < kQuiet) return true;
    std::erase_if(written_, [now](const auto& line) { return now - line.second >= kQuiet; });
    if (written_.size() >= kMostLines)
        written_.erase(std::min_element(written_.begin(), written_.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; }));
    written_[key] = now;
    return false;
}

}  // namespace gatehouse::mediamtx
