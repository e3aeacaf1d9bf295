// Takes secrets out of what MediaMTX says: it echoes camera URLs with their passwords in errors and log lines. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::mediamtx {

// User information in URLs becomes "***", and so does every occurrence of `secrets`; control characters become spaces;
// at most 512 bytes are kept.
std::string redacted(std::string_view text, const std::vector<std::string>& secrets = {});

}  // namespace gatehouse::mediamtx
