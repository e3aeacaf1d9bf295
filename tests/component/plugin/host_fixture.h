// A plugin host over real rooms in a temporary directory, routes without sockets, and real plugins.
#pragma once

#include <boost/test/unit_test.hpp>

#include <Poco/TemporaryFile.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gatehouse/testing/fake_catalogue.h>
#include <gatehouse/testing/fake_http_client.h>
#include <gatehouse/testing/fake_router.h>

#include "accounts/anonymous_accounts.h"
#include "cache/cache_registry.h"
#include "config/yaml_reader.h"
#include "db/database_pool.h"
#include "events/event_bus.h"
#include "exec/timer_scheduler.h"
#include "exec/worker_pool.h"
#include "metrics/metrics_registry.h"
#include "plugin/plugin_host.h"

namespace gatehouse {

using namespace std::chrono_literals;
using plugin::PluginStatus;

// Waits until `condition` holds; false when that took longer than ten seconds.
template <class Condition>
bool soon(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(2ms);
    }
    return true;
}

struct TemporaryDirectory {
    std::string path = Poco::TemporaryFile::tempName();
    TemporaryDirectory() { std::filesystem::create_directories(path); }
    ~TemporaryDirectory() { std::filesystem::remove_all(path); }
};

struct HostFixture {
    TemporaryDirectory directory;
    SystemClock clock;
    Poco::Logger& logger = Poco::Logger::get("test");
    metrics::MetricsRegistry metrics;
    exec::WorkerPool workers{{4, 64}};
    exec::TimerScheduler scheduler{workers, metrics, logger};
    events::EventBus events{workers, metrics, logger};
    cache::CacheRegistry caches{{}, clock, metrics};
    db::DatabasePool database{database_options(directory.path), clock, workers, metrics, logger};
    testing::FakeCatalogue catalogue;
    accounts::AnonymousAccounts accounts;
    testing::FakeRouter router;
    testing::FakeHttpClient http_client;
    plugin::Breadcrumb breadcrumb{directory.path + "/breadcrumb"};
    plugin::Quarantine quarantine{directory.path + "/deaths.json", {}};
    std::mutex mutex;
    std::map<std::string, int> placeholders;  // prefix -> status
    std::vector<std::string> critical;
    plugin::PluginDoors doors{
        caches,
        events,
        catalogue,
        accounts,
        metrics,
        clock,
        http_client,
        {directory.path, directory.path, directory.path},
        [this](db::DbIdentity identity) { return database.open_for(std::move(identity)); },
        [this](const std::string&, const std::vector<std::string>&) { return std::make_unique<Forward>(router); },
        [this](const std::string& owner) { return scheduler.for_owner(owner); },
        [this](const std::string& prefix, int status, const std::string&, int) { return hold(prefix, status); },
        [this](const std::string& name, const std::string&) {
            const std::lock_guard lock(mutex);
            critical.push_back(name);
        },
        {}};
    plugin::PluginHostOptions options = quick_options();
    std::unique_ptr<plugin::PluginHost> host;

    struct Forward final : http::Router {
        explicit Forward(http::Router& target) : to(target) {}
        Registration route(http::Route route) override { return to.route(std::move(route)); }
        http::Router& to;
    };

    // Calls that hang are let go, and waited for: they refer to the rooms.
    ~HostFixture() {
        if (!host) return;
        host->stop();
        touch("end");
        BOOST_TEST(soon([] { return !life_threads_are_left(); }));
    }
    static bool life_threads_are_left() {
        for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
            std::string name;
            std::getline(std::ifstream(task.path() / "comm"), name);
            if (name.starts_with("pl-")) return true;
        }
        return false;
    }

    static db::DbOptions database_options(const std::string& directory) {
        db::DbOptions options;
        options.path = directory + "/test.db";
        return options;
    }
    static plugin::PluginHostOptions quick_options() {
        plugin::PluginHostOptions quick;
        quick.loader.directory = FIXTURES;
        quick.loader.configure_deadline = 300ms;
        quick.loader.unload = true;
        quick.start_deadline = quick.stop_deadline = quick.health_deadline = 300ms;
        quick.health_interval = 20ms;
        quick.backoff = {10ms, 40ms};
        return quick;
    }

    Registration hold(const std::string& prefix, int status) {
        const std::lock_guard lock(mutex);
        placeholders[prefix] = status;
        return Registration([this, prefix] {
            const std::lock_guard inner(mutex);
            placeholders.erase(prefix);
        });
    }
    int placeholder(const std::string& prefix) {
        const std::lock_guard lock(mutex);
        const auto found = placeholders.find(prefix);
        return found == placeholders.end() ? 0 : found->second;
    }

    // Plugin by plugin: name and YAML.
    using Wanted = std::vector<std::pair<std::string, std::string>>;
    std::vector<plugin::PluginWish> wishes(const Wanted& wanted) {
        std::vector<plugin::PluginWish> out;
        for (const auto& [name, yaml] : wanted) {
            ConfigIssues issues;
            const std::string text = yaml.empty() ? "# defaults\n" : yaml;
            out.push_back({name, config::read_yaml(text, name + ".yaml", issues), false});
            BOOST_REQUIRE(issues.empty());
        }
        return out;
    }
    plugin::PluginHost& make_host() {
        host = std::make_unique<plugin::PluginHost>(options, doors, breadcrumb, quarantine, logger);
        return *host;
    }
    std::string prepare_problems(const Wanted& wanted) {
        ConfigIssues issues;
        (void)host->prepare(wishes(wanted), issues);
        return text_of(issues);
    }
    static std::string text_of(const ConfigIssues& issues) {
        std::string all;
        for (const auto& issue : issues.all()) all += issue.text() + '\n';
        return all;
    }
    std::vector<std::string> apply(const Wanted& wanted) {
        if (!host) make_host();
        ConfigIssues issues;
        auto prepared = host->prepare(wishes(wanted), issues);
        BOOST_REQUIRE_MESSAGE(issues.empty(), text_of(issues));
        return host->apply(std::move(prepared));
    }
    void start(const Wanted& wanted) {
        apply(wanted);
        host->ready();
    }
    plugin::PluginState state(const std::string& name) {
        const auto states = host->states();  // held while it is read
        for (const auto& state : *states)
            if (state.name == name) return state;
        BOOST_FAIL("no plugin " + name);
        return {};
    }
    PluginStatus status(const std::string& name) { return state(name).status; }

    std::string notes() const {
        std::ifstream file(directory.path + "/notes");
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    std::string noting() const { return "note_file: " + directory.path + "/notes\n"; }
    std::string file(const std::string& name) const { return directory.path + '/' + name; }
    void touch(const std::string& name) const { std::ofstream(file(name)) << "x"; }
};

}  // namespace gatehouse

namespace gatehouse::plugin {
inline std::ostream& operator<<(std::ostream& out, PluginStatus status) { return out << name(status); }
}  // namespace gatehouse::plugin
