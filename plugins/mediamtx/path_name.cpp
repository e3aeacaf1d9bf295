#include "path_name.h"

#include <algorithm>

namespace gatehouse::mediamtx {
namespace {

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

constexpr std::size_t kUuidDigits = 32;

}  // namespace

std::string path_name(std::string_view prefix, std::string_view camera_uuid, StreamRole role) {
    std::string out(prefix);
    std::copy_if(camera_uuid.begin(), camera_uuid.end(), std::back_inserter(out), is_hex);
    return out + "-" + std::string(name(role));
}

bool is_ours(std::string_view prefix, std::string_view path) {
    if (path.substr(0, prefix.size()) != prefix) return false;
    path.remove_prefix(prefix.size());
    if (path.size() < kUuidDigits || !std::all_of(path.begin(), path.begin() + kUuidDigits, is_hex)) return false;
    path.remove_prefix(kUuidDigits);
    return path == "-main" || path == "-sub";
}

bool is_usable_prefix(std::string_view prefix) {
    return prefix.size() >= 2 && prefix.size() <= 32 && is_letter(prefix.front()) &&
           std::all_of(prefix.begin(), prefix.end(),
                       [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

}  // namespace gatehouse::mediamtx
