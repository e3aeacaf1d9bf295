#pragma once

#include <string_view>

namespace gatehouse::mediad {

enum class Level { debug, info, warning, error };

/// One line on standard error: level, what it is about, text; with a priority for the journal where that is the
/// journal. Credentials must not be passed in. Thread-safe.
void log(Level level, std::string_view about, std::string_view text);

}  // namespace gatehouse::mediad
