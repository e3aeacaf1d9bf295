// What is looked at in the text before a YAML parser sees it, because the parser's own words would not help.
#pragma once

#include <string>
#include <string_view>

#include <gatehouse/config.h>

namespace gatehouse::config {

// False when parsing makes no sense; the reasons are in `issues`. Pure.
bool check_yaml_text(std::string_view text, const std::string& file_name, ConfigIssues& issues);

}  // namespace gatehouse::config
