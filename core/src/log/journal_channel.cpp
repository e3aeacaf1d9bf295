#include "log/journal_channel.h"

#include <sys/uio.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION  // the channel's own line is nobody's business
#include <systemd/sd-journal.h>

#include "log/fields.h"

namespace gatehouse::log {

int syslog_level(Poco::Message::Priority priority) noexcept {
    switch (priority) {
        case Poco::Message::PRIO_FATAL:
        case Poco::Message::PRIO_CRITICAL:
            return 2;
        case Poco::Message::PRIO_ERROR:
            return 3;
        case Poco::Message::PRIO_WARNING:
            return 4;
        case Poco::Message::PRIO_NOTICE:
            return 5;
        case Poco::Message::PRIO_INFORMATION:
            return 6;
        default:
            return 7;
    }
}

std::vector<std::string> journal_fields(const Poco::Message& message, bool is_plugin) {
    std::vector<std::string> fields = {"MESSAGE=" + message.getText(),
                                       "PRIORITY=" + std::to_string(syslog_level(message.getPriority())),
                                       "SYSLOG_IDENTIFIER=gatehoused"};
    if (!message.getSource().empty()) fields.push_back("LOGGER=" + message.getSource());
    if (is_plugin && !message.has("PLUGIN")) fields.push_back("PLUGIN=" + message.getSource());
    for (const char* key : kFields)
        if (message.has(key)) fields.push_back(std::string(key) + '=' + message.get(key));
    return fields;
}

void JournalChannel::log(const Poco::Message& message) {
    auto fields = journal_fields(message, is_plugin_(message.getSource()));
    std::vector<iovec> parts;
    parts.reserve(fields.size());
    for (auto& field : fields) parts.push_back({field.data(), field.size()});
    if (sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) < 0) {
        // The journal refuses (a full disk, say): stderr is the last place left.
        const std::string line = message.getSource() + ": " + message.getText() + '\n';
        [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
    }
}

}  // namespace gatehouse::log
