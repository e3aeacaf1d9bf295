#include "config/app_settings.h"

namespace gatehouse::config {

namespace {

constexpr KeyOptions kHot{.reload = ReloadClass::kHot};
constexpr std::int64_t kMiB = 1 << 20;

ConfigTable<HttpSettings> http_table() {
    return ConfigTable<HttpSettings>()
        .text_list("listen", &HttpSettings::listen, 16,
                   "Addresses of the HTTP door, \"address:port\"; port 0 takes any free one")
        .text_list("trusted_proxies", &HttpSettings::trusted_proxies, 64,
                   "Addresses or networks whose X-Forwarded-For is believed")
        .text_list("cors_origins", &HttpSettings::cors_origins, 64,
                   "Origins of other sites that may read the answers, e.g. \"https://panel.example.org\"")
        .boolean("access_log", &HttpSettings::access_log, "One log line per request")
        .integer("loops", &HttpSettings::loops, {0, 64}, "Event loops; 0: as many as cores, at most 4")
        .integer("max_connections", &HttpSettings::max_connections, {16, 1'000'000},
                 "Connections in all; further ones are answered 503")
        .integer(
            "max_connections_per_address", &HttpSettings::max_connections_per_address, {0, 1'000'000},
            "Connections of one client address (of one /64 in IPv6), trusted proxies apart; further ones are answered "
            "503; 0: no limit")
        .size("head_limit", &HttpSettings::head_limit_bytes, {1024, 64 * 1024},
              "Request line and header fields together; beyond: 431")
        .duration("head_timeout", &HttpSettings::head_timeout, {100ms, 5min},
                  "From the first byte of a request's head to its end")
        .duration("body_timeout", &HttpSettings::body_timeout, {100ms, 5min},
                  "Longest pause within a request's body, and half of what is granted beyond 1 KiB/s for all of it; "
                  "beyond: 408")
        .duration("idle_timeout", &HttpSettings::idle_timeout, {100ms, 1h},
                  "A kept connection without a request is closed after this")
        .duration("write_stall_timeout", &HttpSettings::write_stall_timeout, {100ms, 1h},
                  "A client that takes no byte for so long is dropped, and one that takes less than 1 KiB/s after "
                  "twice as long")
        .integer("rate_per_address", &HttpSettings::rate_per_address, {0, 1'000'000},
                 "Requests per second of one client address, twice as many in a burst; 0: no limit; beyond: 429")
        .duration("drain_deadline", &HttpSettings::drain_deadline, {0ms, 5min},
                  "At shutdown, how long requests under way may take to finish");
}

ConfigTable<HttpsSettings> https_table() {
    return ConfigTable<HttpsSettings>()
        .text_list("listen", &HttpsSettings::listen, 16,
                   "Addresses of the HTTPS door, e.g. \"[::]:8443\" and \"0.0.0.0:8443\"; empty: no HTTPS")
        .text("certificate", &HttpsSettings::certificate, 4096,
              "PEM file with the certificate and its chain; read again at every reload", kHot)
        .text("key", &HttpsSettings::key, 4096,
              "PEM file with its private key, which only its owner and group may read; read again at every reload",
              kHot)
        .duration("handshake_timeout", &HttpsSettings::handshake_timeout, {100ms, 5min},
                  "From the connection to the end of the TLS handshake")
        .integer("handshakes_per_address", &HttpsSettings::handshakes_per_address, {0, 1'000'000},
                 "New connections per second of one client address (of one /64 in IPv6), trusted proxies apart, ten "
                 "times as many in a burst; further ones are closed; 0: no limit")
        .duration(
            "hsts_max_age", &HttpsSettings::hsts_max_age, {0ms, 17'520h},
            "Strict-Transport-Security on answers by HTTPS, which keeps browsers from plain HTTP for so long; 0s: "
            "none");
}

ConfigTable<DbSettings> db_table() {
    return ConfigTable<DbSettings>()
        .text("path", &DbSettings::path, 4096, "The database file; empty: gatehouse.db in paths.state_dir")
        .integer("readers", &DbSettings::readers, {1, 64}, "Read connections of the pool")
        .duration("read_wait", &DbSettings::read_wait, {0ms, 10s},
                  "Longest wait for a read connection before a temporary one is opened")
        .integer("max_temporary", &DbSettings::max_temporary, {0, 64},
                 "Temporary read connections at most; beyond: 503")
        .duration("statement_deadline", &DbSettings::statement_deadline, {10ms, 10min},
                  "A statement that reads for longer is interrupted")
        .duration("lease_warning", &DbSettings::lease_warning, {10ms, 10min},
                  "A read connection held for longer is reported with its label");
}

ConfigTable<CacheSettings> cache_table() {
    return ConfigTable<CacheSettings>()
        .duration("public_ttl", &CacheSettings::public_ttl, {1ms, 1h}, "Life of cached public answers", kHot)
        .size("memory", &CacheSettings::memory_bytes, {kMiB, 64 * 1024 * kMiB}, "Memory of all caches together");
}

ConfigTable<LogSettings> log_table() {
    return ConfigTable<LogSettings>()
        .choice("level", &LogSettings::level, {"error", "warning", "information", "debug", "trace"},
                "What is written: this level and graver", kHot)
        .choice("target", &LogSettings::target, {"auto", "journal", "stderr"},
                "Where to; auto: the journal when systemd runs the service, else stderr");
}

ConfigTable<PathSettings> paths_table() {
    return ConfigTable<PathSettings>()
        .text("state_dir", &PathSettings::state_dir, 4096, "What survives reboots: the database")
        .text("runtime_dir", &PathSettings::runtime_dir, 80, "What survives restarts only: sockets, ports, breadcrumb")
        .text("plugin_dir", &PathSettings::plugin_dir, 4096,
              "Where the plugins lie; empty: gatehouse/plugins in the library directory of the machine; root owns it")
        .text("libexec_dir", &PathSettings::libexec_dir, 4096, "Where helper programs lie")
        .text("web_dir", &PathSettings::web_dir, 4096, "Where the console's files lie")
        .text("master_key", &PathSettings::master_key, 4096,
              "The 32-byte key that seals credentials; a systemd credential named master.key goes before it");
}

ConfigTable<PluginSettings> plugins_table() {
    return ConfigTable<PluginSettings>()
        .text_list("enabled", &PluginSettings::enabled, 64, "Plugins to load, by name; nothing else is loaded", kHot)
        .text_list("critical", &PluginSettings::critical, 64,
                   "Plugins without which the service ends instead of running on without them", kHot)
        .duration("start_deadline", &PluginSettings::start_deadline, {100ms, 5min},
                  "Time each plugin has to configure itself and to start", kHot)
        .duration("stop_deadline", &PluginSettings::stop_deadline, {100ms, 5min},
                  "Time each plugin has to finish what is under way, and again to stop", kHot);
}

ConfigTable<WorkSettings> work_table() {
    return ConfigTable<WorkSettings>()
        .integer("threads", &WorkSettings::threads, {1, 64}, "Threads that may wait for disk, database and network")
        .integer("queue_per_plugin", &WorkSettings::queue_per_plugin, {1, 65'536},
                 "Work each plugin may have waiting; beyond: 503");
}

}  // namespace

std::string AppSettings::plugin_dir() const {
    return paths.plugin_dir.empty() ? GATEHOUSE_DEFAULT_PLUGIN_DIR : paths.plugin_dir;
}

const ConfigTable<AppSettings>& app_settings_table() {
    static const ConfigTable<AppSettings> table =
        ConfigTable<AppSettings>()
            .section("http", &AppSettings::http, http_table(), "The HTTP door")
            .section("https", &AppSettings::https, https_table(), "The HTTPS door")
            .section("db", &AppSettings::db, db_table(), "The database")
            .section("cache", &AppSettings::cache, cache_table(), "The caches that all plugins share")
            .section("log", &AppSettings::log, log_table(), "The log")
            .section("paths", &AppSettings::paths, paths_table(), "Where things lie; absolute paths")
            .section("plugins", &AppSettings::plugins, plugins_table(), "The functions of this box")
            .section("work", &AppSettings::work, work_table(), "The worker lane");
    return table;
}

}  // namespace gatehouse::config
