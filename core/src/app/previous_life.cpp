#include "app/previous_life.h"

#include <gatehouse/error.h>

#include <cstring>

namespace gatehouse::app {

namespace {

std::string how_it_ended(const plugin::Crash& crash) {
    if (crash.signal != 0) {
        const char* name = ::sigabbrev_np(crash.signal);
        return std::string("by SIG") + (name != nullptr ? name : "?");
    }
    return "without a trace (killed, or the power failed)";
}

}  // namespace

void examine_previous_life(const std::string& breadcrumb_file, const std::string& plugin_dir,
                           plugin::Quarantine& quarantine, const Clock& clock, Poco::Logger& logger) {
    const auto crash = plugin::Breadcrumb::read(breadcrumb_file);
    if (!crash) return;
    std::string text = "The process before (" + std::to_string(crash->pid) + ") ended " + how_it_ended(*crash);
    for (const auto& call : crash->under_way) text += "; under way was " + call.plugin + ": " + call.entry;
    logger.warning(text);
    const auto blamed = crash->blamed();
    if (!blamed) return;
    const auto identity = plugin::Quarantine::identity_of(plugin_dir + '/' + blamed->plugin + ".so");
    try {
        if (quarantine.record_death(blamed->plugin, blamed->entry, identity, clock.utc_now()))
            logger.critical("Plugin " + blamed->plugin + " goes into quarantine: the process died repeatedly in its " +
                            blamed->entry);
        else
            logger.warning("This is held against plugin " + blamed->plugin + " (" + blamed->entry + ')');
    } catch (const Error& failure) {
        logger.error("The death could not be written down: " + failure.message());
    }
}

}  // namespace gatehouse::app
