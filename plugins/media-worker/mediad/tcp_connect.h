#pragma once

#include <chrono>
#include <string>
#include <variant>

#include <gatehouse/unique_fd.h>

#include "cancellation.h"
#include "receiver.h"

namespace gatehouse::mediad {

/// Connects to host:port, trying each of its addresses for at most `patience`. Blocks; `cancel` ends it (but not the
/// look-up of a name). The socket is non-blocking and keeps the connection alive by itself.
std::variant<UniqueFd, Failure> connect_tcp(const std::string& host, unsigned port, std::chrono::milliseconds patience,
                                            const Cancellation& cancel);

}  // namespace gatehouse::mediad
