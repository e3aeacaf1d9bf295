// The catalogue's tables, owned by "core" (prefix core_), and the views everybody may read.
#pragma once

#include <gatehouse/plugin.h>

namespace gatehouse::catalogue {

// Ends with {0, nullptr}. Numbers rise from 1.
const PluginMigration* migrations() noexcept;

}  // namespace gatehouse::catalogue
