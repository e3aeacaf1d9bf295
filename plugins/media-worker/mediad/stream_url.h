#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::mediad {

/// Why an address cannot be pulled, in plain words; empty when it can be tried. Never repeats the address.
std::optional<std::string> object_to_url(std::string_view url);

}  // namespace gatehouse::mediad
