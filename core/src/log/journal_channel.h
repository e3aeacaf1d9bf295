// Structured lines for the systemd journal.
#pragma once

#include <Poco/Channel.h>
#include <Poco/Message.h>

#include <functional>
#include <string>
#include <vector>

namespace gatehouse::log {

// "KEY=value" fields of a message: MESSAGE, PRIORITY (syslog(3) levels), SYSLOG_IDENTIFIER, LOGGER, and PLUGIN where
// the logger is a plugin's. Of the message's own parameters PLUGIN, CAMERA, REQUEST_ID and MESSAGE_ID are passed on
// (systemd.journal-fields(7)); others are dropped. Pure.
std::vector<std::string> journal_fields(const Poco::Message& message, bool is_plugin);

// syslog(3) level of a Poco priority, 2..7.
int syslog_level(Poco::Message::Priority priority) noexcept;

// Thread-safe. Blocks only where the journal's socket is full.
class JournalChannel final : public Poco::Channel {
public:
    using IsPlugin = std::function<bool(const std::string& logger)>;
    explicit JournalChannel(IsPlugin is_plugin) : is_plugin_(std::move(is_plugin)) {}
    void log(const Poco::Message& message) override;

private:
    ~JournalChannel() override = default;
    IsPlugin is_plugin_;
};

}  // namespace gatehouse::log
