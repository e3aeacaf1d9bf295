// YAML text to a ConfigNode tree with locations. Strict and bounded: the text may come from anybody who can edit a
// file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <gatehouse/config.h>

namespace gatehouse::config {

inline constexpr std::size_t kMaxFileBytes = 1u << 20;
inline constexpr std::size_t kMaxDepth = 32;      // nested maps and lists
inline constexpr std::size_t kMaxNodes = 20'000;  // keys, values, maps and lists together

// Problems go to `issues`; the tree then holds what could be read. Refused: more than one document, anchors, aliases,
// tags, keys that are not text, duplicate keys (the first one stays), tabs in indentation, control characters, invalid
// UTF-8, anything beyond the bounds, and a text that is empty or blank (a file cut off while it was written looks like
// that; a file of comments is fine and means all defaults). Pure.
ConfigNode read_yaml(std::string_view text, const std::string& file_name, ConfigIssues& issues);

// The same for a file; `file_name` is how the operator named it. A missing file is an issue when `required`, else a
// missing node. Blocking.
ConfigNode read_yaml_file(const std::string& file_name, bool required, ConfigIssues& issues);

}  // namespace gatehouse::config
