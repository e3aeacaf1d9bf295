// Puts the channels behind every Poco::Logger of the process.
#pragma once

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/Message.h>

#include <memory>
#include <string>

#include <gatehouse/clock.h>

namespace gatehouse::log {

class FoldingChannel;

// Poco's loggers are a registry of the process, so make one LogSystem, before the first logger is asked for.
// Chain: redaction and one-line form -> folding of repeats -> journal or terminal. Thread-safe.
class LogSystem {
public:
    enum class Target { kAuto, kJournal, kStderr };

    LogSystem(Target target, Poco::Message::Priority level, const Clock& clock);
    ~LogSystem();  // writes a count that is still held back
    LogSystem(const LogSystem&) = delete;
    LogSystem& operator=(const LogSystem&) = delete;

    // Of all loggers, also those that exist.
    void set_level(Poco::Message::Priority level);
    // Lines of the logger of this name carry PLUGIN=name in the journal.
    void mark_plugin(const std::string& name);
    // See FoldingChannel::tick().
    void tick();
    bool to_journal() const noexcept { return to_journal_; }

private:
    struct PluginNames;
    std::shared_ptr<PluginNames> plugins_;
    Poco::AutoPtr<FoldingChannel> folding_;
    bool to_journal_ = false;
};

}  // namespace gatehouse::log
