#include "log.h"

#include <gatehouse/journal.h>

#include <unistd.h>

#include <array>
#include <string>

namespace gatehouse::mediad {
namespace {

struct LevelName {
    std::string_view text, priority;  // the prefix is what the journal takes a line's priority from, sd-daemon(3)
};
constexpr std::array<LevelName, 4> kNames{{{"debug", "<7>"}, {"info", "<6>"}, {"warning", "<4>"}, {"error", "<3>"}}};

}  // namespace

void log(Level level, std::string_view about, std::string_view text) {
    static const bool to_journal = stderr_is_the_journal();
    const LevelName& name = kNames.at(static_cast<std::size_t>(level));
    std::string line(to_journal ? name.priority : std::string_view());
    line.append(name.text).append(" mediad");
    if (!about.empty()) line.append(" [").append(about).append("]");
    line.append(": ").append(text);
    for (char& c : line)
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';  // one event is one line, whatever a camera sends
    line += '\n';
    // A log that cannot be written must not stop the pictures.
    static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

}  // namespace gatehouse::mediad
