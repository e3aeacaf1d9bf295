#include "app/rooms.h"

#include "app/known_plugins.h"
#include "catalogue/schema.h"

namespace gatehouse::app {

namespace {

db::DbOptions db_options(const config::AppSettings& settings) {
    db::DbOptions options;
    options.path = settings.db_path();
    options.readers = settings.db.readers;
    options.read_wait = settings.db.read_wait;
    options.max_temporary = settings.db.max_temporary;
    options.statement_deadline = settings.db.statement_deadline;
    options.lease_warning = settings.db.lease_warning;
    return options;
}

http::FrontOptions front_options(const config::AppSettings& settings) {
    const auto& http = settings.http;
    const auto& https = settings.https;
    http::FrontOptions options;
    options.listen = http.listen;
    options.listen_tls = https.listen;
    options.handshake_timeout = https.handshake_timeout;
    options.handshakes_per_address = https.handshakes_per_address;
    options.hsts_max_age = std::chrono::duration_cast<std::chrono::seconds>(https.hsts_max_age);
    options.trusted_proxies = http.trusted_proxies;
    options.cors_origins = http.cors_origins;
    options.access_log = http.access_log;
    options.loops = http.loops;
    options.max_connections = http.max_connections;
    options.max_connections_per_address = http.max_connections_per_address;
    options.head_limit_bytes = http.head_limit_bytes;
    options.head_timeout = http.head_timeout;
    options.body_timeout = http.body_timeout;
    options.idle_timeout = http.idle_timeout;
    options.write_stall_timeout = http.write_stall_timeout;
    options.rate_per_address = static_cast<double>(http.rate_per_address);
    options.admin_socket = settings.paths.runtime_dir + "/admin.sock";
    options.public_ttl = settings.cache.public_ttl;
    return options;
}

plugin::PluginHostOptions host_options(const config::AppSettings& settings) {
    plugin::PluginHostOptions options;
    options.loader.directory = settings.plugin_dir();
    options.loader.configure_deadline = settings.plugins.start_deadline;
    options.start_deadline = settings.plugins.start_deadline;
    options.stop_deadline = settings.plugins.stop_deadline;
    options.known_prefixes = known_plugin_prefixes();
    return options;
}

}  // namespace

Rooms::Rooms(const config::AppSettings& settings, const Clock& clock, plugin::Breadcrumb& breadcrumb,
             plugin::Quarantine& quarantine, std::function<void(const std::string&, const std::string&)> on_critical,
             std::function<void(const std::string&)> on_loaded)
    : logger(Poco::Logger::get("gatehoused")),
      workers({settings.work.threads, settings.work.queue_per_plugin}),
      scheduler(workers, metrics, logger),
      events(workers, metrics, logger),
      caches({settings.cache.memory_bytes, 8}, clock, metrics),
      database(db_options(settings), clock, workers, metrics, logger),
      key(catalogue::MasterKey::load(
          catalogue::MasterKeyPlaces::from_environment(settings.paths.master_key, settings.paths.state_dir))),
      core_database(database.open_for(catalogue::database_identity())),
      catalogue(*core_database, key, events, caches, clock, logger),
      routes(metrics),
      front(front_options(settings), routes, workers, caches, accounts, metrics, clock, logger),
      http_client({}, metrics, logger),
      doors{caches,
            events,
            catalogue,
            accounts,
            metrics,
            clock,
            http_client,
            {settings.paths.state_dir, settings.paths.runtime_dir, settings.paths.libexec_dir},
            [this](db::DbIdentity identity) { return database.open_for(std::move(identity)); },
            [this](const std::string& owner, const std::vector<std::string>& prefixes) {
                return routes.for_owner(owner, prefixes);
            },
            [this](const std::string& owner) { return scheduler.for_owner(owner); },
            [this](const std::string& prefix, int status, const std::string& message, int retry_after_s) {
                return routes.placeholder(prefix, status, message, retry_after_s);
            },
            std::move(on_critical),
            std::move(on_loaded)},
      plugins(host_options(settings), doors, breadcrumb, quarantine, logger) {
    if (key.created()) logger.notice("A master key was made at " + key.origin());
}

}  // namespace gatehouse::app
