#include "plugin/firewall.h"

#include "base/failure_text.h"

namespace gatehouse::plugin {

Firewall::Firewall(std::string plugin, Breadcrumb& breadcrumb, Metrics& metrics, Poco::Logger& logger)
    : plugin_(std::move(plugin)), breadcrumb_(breadcrumb), metrics_(metrics), logger_(logger) {}

Firewall::Entry Firewall::entry(const std::string& kind, const std::string& name) {
    Entry entry;
    entry.firewall_ = shared_from_this();
    entry.name_ = name.empty() ? kind : kind + ' ' + name;
    entry.crumb_ = breadcrumb_.intern(plugin_, entry.name_);
    entry.failures_ = &metrics_.counter("gatehouse_plugin_exceptions_total",
                                        "Exceptions that ended a call from the host into a plugin",
                                        {{"plugin", plugin_}, {"entry", kind}});
    return entry;
}

void Firewall::report(const Entry& entry, const std::exception_ptr& failure) noexcept {
    failures_.fetch_add(1, std::memory_order_relaxed);
    entry.failures_->add();
    try {
        logger_.error(plugin_ + ": " + entry.name_ + " failed: " + text_of(failure));
    } catch (...) {
        // Counted above; a log that fails must not take the call's thread along.
    }
}

}  // namespace gatehouse::plugin
