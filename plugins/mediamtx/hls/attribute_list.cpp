#include "hls/attribute_list.h"

#include <algorithm>

namespace gatehouse::mediamtx {
namespace {

constexpr std::size_t kMostAttributes = 64;

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
}

// Takes the value at the front of `rest`, quotes removed; false where a quote does not end.
bool take_value(std::string_view& rest, std::string_view& value) {
    if (!rest.starts_with('"')) {
        const auto end = std::min(rest.find(','), rest.size());
        value = rest.substr(0, end);
        rest.remove_prefix(end);
        return value.find('"') == std::string_view::npos;
    }
    const auto end = rest.find('"', 1);
    if (end == std::string_view::npos) return false;
    value = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return rest.empty() || rest.front() == ',';
}

}  // namespace

std::optional<AttributeList> AttributeList::parse(std::string_view text) {
    AttributeList list;
    while (!text.empty()) {
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        const std::string_view name = text.substr(0, equals);
        text.remove_prefix(equals + 1);
        std::string_view value;
        const bool known =
            std::any_of(list.items_.begin(), list.items_.end(), [&](const auto& i) { return i.first == name; });
        if (!is_name(name) || known || list.items_.size() >= kMostAttributes || !take_value(text, value))
            return std::nullopt;
        list.items_.emplace_back(name, value);
        if (text.empty()) break;
        text.remove_prefix(1);  // the comma
        if (text.empty()) return std::nullopt;
    }
    return list;
}

std::string_view AttributeList::get(std::string_view name) const noexcept {
    for (const auto& [key, value] : items_)
        if (key == name) return value;
    return {};
}

}  // namespace gatehouse::mediamtx
