// Keeps credentials out of texts that people see.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse {

// "scheme://user:pass@host" becomes "scheme://***@host", everywhere in the text. A password may hold '/' or '?'
// unescaped, so everything up to the last '@' of the word goes. Pure; time and memory are linear in the text.
std::string without_url_credentials(std::string_view text);

}  // namespace gatehouse
