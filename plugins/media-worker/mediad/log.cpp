#include "log.h"

#include <unistd.h>

#include <string>

namespace gatehouse::mediad {

void log(Level level, std::string_view about, std::string_view text) {
    static constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};
    std::string line(kNames[static_cast<int>(level)]);
    line.append(" mediad");
    if (!about.empty()) line.append(" [").append(about).append("]");
    line.append(": ").append(text);
    for (char& c : line)
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';  // one event is one line, whatever a camera sends
    line += '\n';
    // A log that cannot be written must not stop the pictures.
    static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

}  // namespace gatehouse::mediad
