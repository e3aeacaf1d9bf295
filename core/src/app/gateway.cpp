#include "app/gateway.h"

#include <csignal>
#include <future>
#include <utility>

#include "app/certificate.h"
#include "app/check_config.h"
#include "app/exit_codes.h"
#include "app/systemd_notify.h"
#include "app/version.h"
#include "base/failure_text.h"
#include "base/open_files.h"
#include "config/config_pages.h"

namespace gatehouse::app {

using namespace std::chrono_literals;

namespace {
constexpr auto kTick = 1s;
// What has expired is never served; this gives its memory back.
constexpr auto kCacheUpkeep = 60s;
// Without a watchdog of systemd this only decides what /health and the log say.
constexpr auto kLateWithoutWatchdog = 20s;
constexpr auto kClosing = 20s, kHurriedClosing = 3s;
}  // namespace

Gateway::Gateway(const std::shared_ptr<const config::Configuration>& configuration,
                 std::shared_ptr<const net::TlsContext> certificate, const Clock& clock, Signals& signals,
                 log::LogSystem& log, plugin::Breadcrumb& breadcrumb, plugin::Quarantine& quarantine)
    : clock_(clock),
      signals_(signals),
      log_(log),
      first_(configuration),
      rooms_(
          configuration->app, clock, breadcrumb, quarantine,
          [this](const std::string& name, const std::string& reason) {
              Poco::Logger::get("gatehoused")
                  .critical("The critical plugin " + name + " is not running (" + reason + "); the service ends");
              critical_failed_.store(true);
              signals_.wake();
          },
          [&log](const std::string& name) { log.mark_plugin(name); }),
      logger_(rooms_.logger),
      reloader_(configuration, rooms_.plugins, rooms_.front, log, clock, logger_),
      heartbeats_(clock, rooms_.scheduler, rooms_.database, rooms_.front),
      watchdog_(watchdog_interval()),
      open_files_(rooms_.metrics.observe("gatehouse_open_files", "Open file descriptors of this process", {},
                                         [] { return static_cast<double>(count_open_files()); })) {
    register_routes();
    if (certificate) logger_.information("The certificate holds " + describe(*certificate, clock_.utc_now()));
    rooms_.front.set_certificate(std::move(certificate));
    cache_upkeep_ =
        rooms_.scheduler.every("core.cache_upkeep", kCacheUpkeep, [this] { rooms_.caches.purge_expired(); });
}

void Gateway::open() {
    ConfigIssues issues;
    auto prepared = rooms_.plugins.prepare(wishes_of(*first_), issues);
    for (const auto& issue : issues.all()) logger_.error(issue.text());  // changed since it was checked, a moment ago
    for (const auto& line : rooms_.plugins.apply(std::move(prepared))) logger_.warning(line);
    rooms_.plugins.ready();
    rooms_.front.start();
    ports_.emplace(first_->app.paths.runtime_dir + "/ports.json", rooms_.front.bound(), rooms_.front.bound_tls());
    status_ = status_line(*rooms_.plugins.states());
    for (const auto& door : rooms_.front.bound())
        logger_.information("HTTP is open at " + door.address + " port " + std::to_string(door.port));
    for (const auto& door : rooms_.front.bound_tls())
        logger_.information("HTTPS is open at " + door.address + " port " + std::to_string(door.port));
    logger_.information("Gatehouse " + std::string(kVersion) + " is ready: " + status_);
    notify_ready(status_);
}

Gateway::~Gateway() {
    reloader_.close();
    if (reload_.joinable()) reload_.join();
}

void Gateway::register_routes() {
    const auto& settings = first_->app;
    api::ApiDependencies api{rooms_.routes,
                             rooms_.catalogue,
                             rooms_.accounts,
                             rooms_.caches,
                             rooms_.database,
                             rooms_.events,
                             clock_,
                             logger_,
                             kVersion,
                             {},
                             {},
                             {},
                             {},
                             {},
                             {},
                             {}};
    api.metrics_text = [this] { return rooms_.metrics.render(); };
    api.health = [this] { return health(); };
    api.security = [rate = settings.http.rate_per_address] {
        api::contract::SecurityFacts facts;
        facts.rate_limiting = rate > 0;
        facts.security_headers = true;
        return facts;
    };
    api.plugins = [this] { return plugin_list(*rooms_.plugins.states()); };
    api.config_text = [this] { return config::effective_text(*reloader_.running()); };
    api.reload = [this] { return reloader_.reload(); };
    api.release_plugin = [this](const std::string& plugin) { return rooms_.plugins.release(plugin); };
    routes_ = api::register_api(api);
    console_ = std::make_unique<http::StaticFiles>(http::StaticFilesOptions{settings.paths.web_dir, "/"}, rooms_.routes,
                                                   logger_);
}

api::HealthReport Gateway::health() const {
    std::vector<std::string> late;
    {
        const std::lock_guard lock(late_mutex_);
        late = late_parts_;
    }
    const auto states = rooms_.plugins.states();
    const bool degraded = is_degraded(*states, late) || !rooms_.database.refusal().empty();
    return {degraded, health_details(*states, reloader_.last(), late)};
}

int Gateway::run() {
    auto next_tick = clock_.monotonic_now();
    while (!critical_failed_.load()) {
        const auto signal = signals_.wait(kTick);
        if (signal == SIGTERM || signal == SIGINT) break;
        if (signal == SIGHUP) begin_reload();
        if (clock_.monotonic_now() < next_tick) continue;
        next_tick = clock_.monotonic_now() + kTick;
        tick();
    }
    shut_down();
    return critical_failed_.load() ? kExitTrouble : kExitGood;
}

// On a thread of its own: stopping a plugin may take its deadline, and the watchdog is fed from this one.
void Gateway::begin_reload() {
    {
        const std::lock_guard lock(reload_mutex_);
        if (std::exchange(reloading_, true)) {
            reload_again_ = true;
            return;
        }
    }
    if (reload_.joinable()) reload_.join();  // it has ended
    reload_ = std::thread([this] {
        for (;;) {
            reload_once();
            const std::lock_guard lock(reload_mutex_);
            if (std::exchange(reload_again_, false)) continue;
            reloading_ = false;
            return;
        }
    });
}

void Gateway::reload_once() {
    notify_reloading();
    std::string outcome;
    const auto failure = failure_of([&] {
        if (!reloader_.reload().applied) outcome = "The last reload was refused; ";
    });
    if (failure) {
        logger_.error("The reload failed: " + *failure);
        outcome = "The last reload failed; ";
    }
    notify_ready(outcome + status_line(*rooms_.plugins.states()));
}

void Gateway::tick() {
    log_.tick();
    heartbeats_.ask();
    feed_watchdog();
    auto status = status_line(*rooms_.plugins.states());
    if (status != status_) notify_status(status_ = std::move(status));
}

void Gateway::feed_watchdog() {
    const auto limit = watchdog_ ? std::chrono::duration_cast<std::chrono::milliseconds>(*watchdog_ * 2 / 3)
                                 : std::chrono::milliseconds(kLateWithoutWatchdog);
    auto late = heartbeats_.late(limit);
    for (const auto& part : late)
        logger_.error("No heartbeat of " + part + " for " + std::to_string(limit.count() / 1000) + " s");
    if (late.empty()) notify_watchdog();
    const std::lock_guard lock(late_mutex_);
    late_parts_ = std::move(late);
}

void Gateway::hasten() {
    hurried_.store(true);
    rooms_.plugins.hurry();
}

void Gateway::with_an_eye_on_signals(const std::function<void()>& work) {
    auto done = std::async(std::launch::async, [this, &work] {
        work();
        signals_.wake();
    });
    while (done.wait_for(0s) != std::future_status::ready) {
        const auto signal = signals_.wait(200ms);
        if ((signal == SIGTERM || signal == SIGINT) && !hurried_.load()) {
            logger_.notice("Asked again to end: not waiting any longer for what is under way");
            hasten();
        }
    }
    done.get();
}

void Gateway::shut_down() {
    logger_.information("Ending: the doors are closed, requests under way are finished");
    notify_stopping("Ending");
    ports_.reset();
    rooms_.front.close_doors();
    const auto deadline = clock_.monotonic_now() + first_->app.http.drain_deadline;
    with_an_eye_on_signals([&] {
        reloader_.close();
        rooms_.plugins.quiesce();
        while (!rooms_.front.drain(100ms))
            if (hurried_.load() || clock_.monotonic_now() >= deadline) {
                logger_.warning("Some connections had to be cut");
                break;
            }
        rooms_.plugins.stop();
    });
    rooms_closed_ = close_rooms();
    if (rooms_closed_)
        logger_.information("Ended in order");
    else
        logger_.error("Something still runs that does not come back; ending without it");
}

bool Gateway::close_rooms() {
    auto done = std::make_shared<std::promise<void>>();
    auto closed = done->get_future();
    std::thread closing([this, done] {
        rooms_.front.stop();
        rooms_.scheduler.stop();
        // The database first where a worker hangs: what is committed is folded in before the process is cut off.
        if (!rooms_.plugins.has_hung_threads()) rooms_.workers.stop();
        rooms_.database.close();
        done->set_value();
    });
    if (closed.wait_for(hurried_.load() ? kHurriedClosing : kClosing) == std::future_status::ready) {
        closing.join();
        return true;
    }
    closing.detach();  // must_end_abruptly(): nothing it refers to is destroyed
    return false;
}

bool Gateway::must_end_abruptly() const { return !rooms_closed_ || rooms_.plugins.has_hung_threads(); }

}  // namespace gatehouse::app
