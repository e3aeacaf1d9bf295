// Attribute lists of HLS tags (RFC 8216 section 4.2). Pure.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::mediamtx {

// Views point into the text it was parsed from.
class AttributeList {
public:
    // NAME=value,NAME="value": nullopt where it is malformed, has more than 64 attributes, or a name twice.
    static std::optional<AttributeList> parse(std::string_view text);
    // Without quotes; empty where it is absent.
    std::string_view get(std::string_view name) const noexcept;

private:
    std::vector<std::pair<std::string_view, std::string_view>> items_;
};

}  // namespace gatehouse::mediamtx
