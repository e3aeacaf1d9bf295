// Reload: the whole new configuration is checked first; what is refused leaves everything as it runs.
#pragma once

#include <Poco/Logger.h>

#include <memory>
#include <mutex>
#include <string>

#include "api/api.h"
#include "app/health_report.h"
#include "config/configuration.h"
#include "http/front.h"
#include "log/log_system.h"
#include "net/tls_context.h"
#include "plugin/plugin_host.h"

namespace gatehouse::app {

// Thread-safe. Everything given must outlive it.
class Reloader {
public:
    Reloader(std::shared_ptr<const config::Configuration> running, plugin::PluginHost& plugins, http::Front& front,
             log::LogSystem& log, const Clock& clock, Poco::Logger& logger);

    // One at a time; later callers wait for their turn. Blocks.
    api::ReloadReport reload();
    // No reload begins any more; waits for one that is under way.
    void close();

    std::shared_ptr<const config::Configuration> running() const;
    LastReload last() const;

private:
    api::ReloadReport check_and_apply();
    api::ReloadReport refused(const ConfigIssues& issues);
    void apply_host_keys(const config::AppSettings& settings);
    void apply_certificate(std::shared_ptr<const net::TlsContext> certificate);

    plugin::PluginHost& plugins_;
    http::Front& front_;
    log::LogSystem& log_;
    const Clock& clock_;
    Poco::Logger& logger_;
    std::mutex one_at_a_time_;
    bool closed_ = false;
    mutable std::mutex mutex_;  // of what follows
    std::shared_ptr<const config::Configuration> running_;
    LastReload last_;
};

// Poco's priority for log.level.
Poco::Message::Priority priority_of(config::LogLevel level);

}  // namespace gatehouse::app
