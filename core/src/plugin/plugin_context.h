// The Context of one life of a plugin.
#pragma once

#include <functional>
#include <string>

#include "plugin/guarded.h"
#include "plugin/plugin_doors.h"

namespace gatehouse::plugin {

// Thread-safe. `descriptor`, `firewall`, `doors` and `services` must outlive it.
class PluginContext final : public Context {
public:
    using ReportFailed = std::function<void(const std::string& reason)>;

    // Opens the plugin's database (migrations run here), routes and scheduler. Blocks; throws what they throw.
    PluginContext(const Descriptor& descriptor, Firewall& firewall, PluginDoors& doors, ServiceRegistry& services,
                  ReportFailed report_failed);
    ~PluginContext() override;

    Database& db() override { return db_; }
    Caches& caches() override { return doors_.caches; }
    http::Router& http() override { return router_; }
    Events& events() override { return events_; }
    Scheduler& scheduler() override { return scheduler_; }
    Catalogue& catalogue() override { return catalogue_; }
    Accounts& accounts() override { return doors_.accounts; }
    Services& services() override { return guarded_services_; }
    Metrics& metrics() override { return metrics_; }
    Poco::Logger& logger() override { return logger_; }
    const Clock& clock() const override { return doors_.clock; }
    const Places& places() const override { return doors_.places; }
    void report_failed(const std::string& reason) override { report_failed_(reason); }
    HttpClient& http_client() override { return http_client_; }

    // Withdraws everything the plugin has left registered; waits for callbacks that are running and for its queued
    // writes. Blocks.
    void revoke() noexcept;

private:
    PluginDoors& doors_;
    Poco::Logger& logger_;
    ReportFailed report_failed_;
    RegistrationLedger ledger_;
    GuardedDatabase db_;
    GuardedRouter router_;
    GuardedEvents events_;
    GuardedScheduler scheduler_;
    GuardedCatalogue catalogue_;
    GuardedMetrics metrics_;
    GuardedHttpClient http_client_;
    GuardedServices guarded_services_;
};

}  // namespace gatehouse::plugin
