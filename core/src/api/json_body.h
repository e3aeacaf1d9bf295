// JSON request bodies, bounded and strict.
#pragma once

#include <Poco/JSON/Object.h>

#include <cstddef>
#include <string_view>

namespace gatehouse::api {

inline constexpr std::size_t kLargestBody = 64 * 1024;
inline constexpr std::size_t kDeepestBody = 8;  // nesting of objects and arrays

// One JSON object (RFC 8259), nothing after it, no key twice in an object. Throws Error(kInvalidArgument) that says
// what is wrong without quoting the body, Error(kTooLarge) beyond kLargestBody. Pure.
Poco::JSON::Object::Ptr parse_json_object(std::string_view text);

}  // namespace gatehouse::api
