// The settings of gatehouse.yaml, typed. The table below is their parser, bounds, defaults and manual at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <gatehouse/config.h>

namespace gatehouse::config {

using namespace std::chrono_literals;

struct HttpSettings {
    std::vector<std::string> listen{"[::]:3000", "0.0.0.0:3000"};
    std::vector<std::string> trusted_proxies{"127.0.0.0/8", "::1"};
    std::vector<std::string> cors_origins;
    bool access_log = false;
    std::size_t loops = 0;
    std::size_t max_connections = 10'000;
    std::size_t max_connections_per_address = 1'000;
    std::size_t head_limit_bytes = 16 * 1024;
    std::chrono::milliseconds head_timeout = 10s;
    std::chrono::milliseconds body_timeout = 30s;
    std::chrono::milliseconds idle_timeout = 75s;
    std::chrono::milliseconds write_stall_timeout = 30s;
    std::size_t rate_per_address = 0;
    std::chrono::milliseconds drain_deadline = 10s;
};

struct HttpsSettings {
    std::vector<std::string> listen;
    std::string certificate;
    std::string key;
    std::chrono::milliseconds handshake_timeout = 10s;
    std::size_t handshakes_per_address = 100;
    std::chrono::milliseconds hsts_max_age = 0s;
};

struct DbSettings {
    std::string path;  // empty: <state_dir>/gatehouse.db
    std::size_t readers = 5;
    std::chrono::milliseconds read_wait = 200ms;
    std::size_t max_temporary = 5;
    std::chrono::milliseconds statement_deadline = 5s;
    std::chrono::milliseconds lease_warning = 2s;
};

struct CacheSettings {
    std::chrono::milliseconds public_ttl = 30s;
    std::size_t memory_bytes = 64u << 20;
};

enum class LogLevel { kError, kWarning, kInformation, kDebug, kTrace };
enum class LogTarget { kAuto, kJournal, kStderr };

struct LogSettings {
    LogLevel level = LogLevel::kInformation;
    LogTarget target = LogTarget::kAuto;
};

struct PathSettings {
    std::string state_dir = "/var/lib/gatehouse";
    std::string runtime_dir = "/run/gatehouse";
    std::string plugin_dir;  // empty: the packaged place
    std::string libexec_dir = "/usr/libexec/gatehouse";
    std::string web_dir = "/usr/share/gatehouse/web";
    std::string master_key = "/etc/gatehouse/keys/master.key";
};

struct PluginSettings {
    std::vector<std::string> enabled;
    std::vector<std::string> critical;
    std::chrono::milliseconds start_deadline = 15s;
    std::chrono::milliseconds stop_deadline = 10s;
};

struct WorkSettings {
    std::size_t threads = 8;
    std::size_t queue_per_plugin = 256;
};

struct AppSettings {
    HttpSettings http;
    HttpsSettings https;
    DbSettings db;
    CacheSettings cache;
    LogSettings log;
    PathSettings paths;
    PluginSettings plugins;
    WorkSettings work;

    std::string plugin_dir() const;
    std::string db_path() const { return db.path.empty() ? paths.state_dir + "/gatehouse.db" : db.path; }
};

const ConfigTable<AppSettings>& app_settings_table();

// What a table cannot say: addresses and whether two of them collide, networks, origins, absolute paths, plugin names,
// critical ones that are not enabled. Problems are located at the value that has them. Pure.
void check_settings(const AppSettings& settings, const ConfigNode& root, ConfigIssues& issues);

// [a-z][a-z0-9-]*, at most 64 bytes.
bool is_plugin_name(std::string_view name) noexcept;

}  // namespace gatehouse::config
