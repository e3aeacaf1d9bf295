#include "log/terminal_channel.h"

#include <unistd.h>

#include <cerrno>
#include <string_view>

#include <gatehouse/clock.h>

namespace gatehouse::log {

namespace {

const char* level_name(Poco::Message::Priority priority) {
    switch (priority) {
        case Poco::Message::PRIO_FATAL:
        case Poco::Message::PRIO_CRITICAL:
            return "critical";
        case Poco::Message::PRIO_ERROR:
            return "error";
        case Poco::Message::PRIO_WARNING:
            return "warning";
        case Poco::Message::PRIO_NOTICE:
            return "notice";
        case Poco::Message::PRIO_INFORMATION:
            return "info";
        default:
            return "debug";
    }
}

}  // namespace

std::string terminal_line(const Poco::Message& message) {
    std::string line = to_iso8601({message.getTime().epochMicroseconds()}) + ' ' + level_name(message.getPriority()) +
                       ' ' + (message.getSource().empty() ? "gatehoused" : message.getSource()) + ": " +
                       message.getText();
    for (const char* key : {"CAMERA", "REQUEST_ID"})
        if (message.has(key)) line += std::string(" [") + key + '=' + message.get(key) + ']';
    return line;
}

void TerminalChannel::log(const Poco::Message& message) {
    const std::string line = terminal_line(message) + '\n';
    std::string_view rest = line;
    while (!rest.empty()) {
        const ssize_t done = ::write(fd_, rest.data(), rest.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return;  // nowhere left to complain
        rest.remove_prefix(static_cast<std::size_t>(done));
    }
}

}  // namespace gatehouse::log
