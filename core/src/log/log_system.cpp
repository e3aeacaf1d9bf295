#include "log/log_system.h"

#include <Poco/Logger.h>
#include <gatehouse/journal.h>

#include <unistd.h>

#include <mutex>
#include <set>

#include "log/folding_channel.h"
#include "log/journal_channel.h"
#include "log/safe_channel.h"
#include "log/terminal_channel.h"

namespace gatehouse::log {

struct LogSystem::PluginNames {
    std::mutex mutex;
    std::set<std::string> names;
};

LogSystem::LogSystem(Target target, Poco::Message::Priority level, const Clock& clock)
    : plugins_(std::make_shared<PluginNames>()),
      to_journal_(target == Target::kJournal || (target == Target::kAuto && stderr_is_the_journal())) {
    const auto is_plugin = [plugins = plugins_](const std::string& logger) {
        const std::lock_guard lock(plugins->mutex);
        return plugins->names.contains(logger);
    };
    Poco::AutoPtr<Poco::Channel> sink;
    if (to_journal_)
        sink = Poco::makeAuto<JournalChannel>(is_plugin);
    else
        sink = Poco::makeAuto<TerminalChannel>(STDERR_FILENO);
    folding_ = Poco::makeAuto<FoldingChannel>(sink, clock);
    const Poco::AutoPtr<SafeChannel> safe = Poco::makeAuto<SafeChannel>(folding_);
    Poco::Logger::root();
    Poco::Logger::setChannel("", safe);
    set_level(level);
}

LogSystem::~LogSystem() { folding_->flush(); }

void LogSystem::set_level(Poco::Message::Priority level) { Poco::Logger::setLevel("", level); }

void LogSystem::mark_plugin(const std::string& name) {
    const std::lock_guard lock(plugins_->mutex);
    plugins_->names.insert(name);
}

void LogSystem::tick() { folding_->tick(); }

}  // namespace gatehouse::log
