// The only door from a plugin to the host. Only the Plugin subclass sees it; other classes get what they need.
#pragma once

#include <Poco/Logger.h>

#include <functional>
#include <string>

#include <gatehouse/accounts.h>
#include <gatehouse/cache.h>
#include <gatehouse/catalogue.h>
#include <gatehouse/clock.h>
#include <gatehouse/db.h>
#include <gatehouse/events.h>
#include <gatehouse/http.h>
#include <gatehouse/http_client.h>
#include <gatehouse/metrics.h>
#include <gatehouse/registration.h>
#include <gatehouse/scheduler.h>
#include <gatehouse/service.h>

namespace gatehouse {

// Places a plugin may need; absolute paths.
struct Places {
    std::string state_dir;    // survives reboots: /var/lib/gatehouse
    std::string runtime_dir;  // tmpfs, survives restarts of the service: /run/gatehouse
    std::string libexec_dir;  // helper programs such as gatehouse-mediad
};

// Valid from start() until stop() has returned. Every member is thread-safe.
class Context {
public:
    virtual ~Context() = default;
    virtual Database& db() = 0;
    virtual Caches& caches() = 0;
    virtual http::Router& http() = 0;
    virtual Events& events() = 0;
    virtual Scheduler& scheduler() = 0;
    virtual Catalogue& catalogue() = 0;
    virtual Accounts& accounts() = 0;
    virtual Services& services() = 0;
    virtual Metrics& metrics() = 0;
    virtual Poco::Logger& logger() = 0;  // named like the plugin
    virtual const Clock& clock() const = 0;
    virtual const Places& places() const = 0;
    // Asks the host to end and restart this plugin with back-off, because it can no longer do its work.
    virtual void report_failed(const std::string& reason) = 0;
    // Since ABI 1.1.
    virtual HttpClient& http_client() = 0;
};

}  // namespace gatehouse
