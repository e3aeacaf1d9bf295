// The routes of the core: health, metrics, cameras, areas, caches and the administration behind the unix socket.
#pragma once

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/Logger.h>

#include <functional>
#include <string>
#include <vector>

#include <gatehouse/accounts.h>
#include <gatehouse/clock.h>
#include <gatehouse/events.h>
#include <gatehouse/http.h>
#include <gatehouse/registration.h>

#include "api/contract/service_answers.h"
#include "cache/cache_registry.h"
#include "catalogue/catalogue_store.h"
#include "db/database_pool.h"

namespace gatehouse::api {

struct HealthReport {
    bool degraded = false;
    Poco::JSON::Object::Ptr details;  // further fields for administrators and this machine, e.g. "plugins"; may be null
};

struct ReloadReport {
    bool applied = false;
    std::vector<std::string> messages;  // why it was refused ("file:line:column: ..."), or what was done
};

// All references must outlive the registrations. The functions may be called from any thread; an empty one makes its
// route answer 404.
struct ApiDependencies {
    http::Router& router;
    catalogue::CatalogueStore& catalogue;
    const Accounts& accounts;
    cache::CacheRegistry& caches;
    db::DatabasePool& database;
    Events& events;
    const Clock& clock;
    Poco::Logger& logger;
    std::string version;                                // of the program, "0.1.0"
    std::function<std::string()> metrics_text;          // Prometheus text exposition
    std::function<HealthReport()> health;               // on the event loop: must be cheap and must not block
    std::function<contract::SecurityFacts()> security;  // likewise
    // GET /api/admin/plugins: objects with at least name, version, state, summary
    std::function<Poco::JSON::Array::Ptr()> plugins;
    std::function<std::string()> config_text;  // the effective configuration, without secrets; may block
    std::function<ReloadReport()> reload;      // blocks until the reload is through
    std::function<bool(const std::string& plugin)>
        release_plugin{};  // ends a quarantine; false where there is none; may block
};

// Registers all routes, and the subscription that keeps cached answers in step with CameraLiveChanged.
[[nodiscard]] Registrations register_api(const ApiDependencies& dependencies);

}  // namespace gatehouse::api
