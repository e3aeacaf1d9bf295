// The composition root: every room of the host, built once, in the order in which they lean on each other.
#pragma once

#include <Poco/Logger.h>

#include <memory>

#include "accounts/anonymous_accounts.h"
#include "cache/cache_registry.h"
#include "catalogue/catalogue_store.h"
#include "catalogue/master_key.h"
#include "config/configuration.h"
#include "db/database_pool.h"
#include "events/event_bus.h"
#include "exec/timer_scheduler.h"
#include "exec/worker_pool.h"
#include "http/client/client.h"
#include "http/front.h"
#include "http/route_table.h"
#include "metrics/metrics_registry.h"
#include "plugin/plugin_host.h"

namespace gatehouse::app {

// Nothing but members: who owns what is the whole of it. Destroyed in reverse.
struct Rooms {
    // Opens the database and reads the catalogue; no door is open yet. Throws gatehouse::Error with a text for the
    // operator. `clock`, `breadcrumb` and `quarantine` must outlive it. Blocking.
    Rooms(const config::AppSettings& settings, const Clock& clock, plugin::Breadcrumb& breadcrumb,
          plugin::Quarantine& quarantine, std::function<void(const std::string&, const std::string&)> on_critical,
          std::function<void(const std::string&)> on_loaded);

    Poco::Logger& logger;
    metrics::MetricsRegistry metrics;
    exec::WorkerPool workers;
    exec::TimerScheduler scheduler;
    events::EventBus events;
    cache::CacheRegistry caches;
    db::DatabasePool database;
    catalogue::MasterKey key;
    std::unique_ptr<Database> core_database;
    catalogue::CatalogueStore catalogue;
    accounts::AnonymousAccounts accounts;
    http::RouteTable routes;
    http::Front front;
    http::Client http_client;
    plugin::PluginDoors doors;
    plugin::PluginHost plugins;
};

}  // namespace gatehouse::app
