// What the plugin host hands on to plugins: the host's rooms, and views of them made for one plugin.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gatehouse/context.h>

#include "db/db_types.h"

namespace gatehouse::plugin {

// All references and functions must outlive the plugin host. Functions are called on plugins' life threads and on the
// host's own; they may throw gatehouse::Error.
struct PluginDoors {
    Caches& caches;
    Events& events;
    Catalogue& catalogue;
    Accounts& accounts;
    Metrics& metrics;
    const Clock& clock;
    HttpClient& http_client;
    Places places;
    std::function<std::unique_ptr<Database>(db::DbIdentity)> open_database;
    std::function<std::unique_ptr<http::Router>(const std::string& plugin, const std::vector<std::string>& prefixes)>
        open_router;
    std::function<std::unique_ptr<Scheduler>(const std::string& plugin)> open_scheduler;
    // Answers everything under a prefix that no route takes.
    std::function<Registration(const std::string& prefix, int status, const std::string& message, int retry_after_s)>
        placeholder;
    // A plugin named `critical` is not running; called at most once.
    std::function<void(const std::string& plugin, const std::string& reason)> on_critical;
    // A plugin was loaded; its logger has this name. May be empty.
    std::function<void(const std::string& plugin)> on_loaded;
};

}  // namespace gatehouse::plugin
