// What people read about the configuration, made from the table so that it cannot drift: pure text.
#pragma once

#include <string>

#include "config/configuration.h"

namespace gatehouse::config {

// Markdown: docs/reference/configuration.md.
std::string reference_page();

// The shipped gatehouse.yaml: every key with its default, unit and one line of explanation. `enabled_plugins` stands in
// the place of the (empty) default, as YAML text.
std::string shipped_file(const std::string& enabled_plugins);

// Every key with its effective value and where that comes from, one a line; the plugins' files follow. Secrets are not
// shown.
std::string effective_text(const Configuration& configuration);

}  // namespace gatehouse::config
