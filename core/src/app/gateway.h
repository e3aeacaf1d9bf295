// The running service: from an accepted configuration to the last answer.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "app/heartbeats.h"
#include "app/ports_file.h"
#include "app/reloader.h"
#include "app/rooms.h"
#include "app/signals.h"
#include "http/static_files.h"
#include "net/tls_context.h"

namespace gatehouse::app {

// Used by the main thread.
class Gateway {
public:
    // Builds the rooms. `certificate` is null without an HTTPS door. Throws gatehouse::Error with a text for the
    // operator. Everything given by reference must outlive it. Blocking.
    Gateway(const std::shared_ptr<const config::Configuration>& configuration,
            std::shared_ptr<const net::TlsContext> certificate, const Clock& clock, Signals& signals,
            log::LogSystem& log, plugin::Breadcrumb& breadcrumb, plugin::Quarantine& quarantine);
    ~Gateway();
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    // Starts the plugins, then opens the doors. Throws likewise. Blocking.
    void open();
    // Until a signal, or the failure of a critical plugin, ends it; then drains and stops. The exit code.
    int run();
    // A call never returned, so its code may still be running: end the process without destructors.
    bool must_end_abruptly() const;

private:
    api::HealthReport health() const;
    void register_routes();
    void begin_reload();
    void reload_once();
    void tick();
    void feed_watchdog();
    void shut_down();
    // Runs `work` on another thread while this one sees to signals: a second one makes haste.
    void with_an_eye_on_signals(const std::function<void()>& work);
    void hasten();
    // False when that took too long: something still holds a worker or a connection of the database.
    bool close_rooms();

    const Clock& clock_;
    Signals& signals_;
    log::LogSystem& log_;
    std::shared_ptr<const config::Configuration> first_;
    std::atomic<bool> critical_failed_{false};
    std::atomic<bool> hurried_{false};
    bool rooms_closed_ = true;
    Rooms rooms_;
    Poco::Logger& logger_;
    Reloader reloader_;
    Heartbeats heartbeats_;
    std::optional<std::chrono::microseconds> watchdog_;
    mutable std::mutex late_mutex_;
    std::vector<std::string> late_parts_;  // of the last tick
    std::string status_;
    Registration open_files_;
    std::unique_ptr<http::StaticFiles> console_;
    Registrations routes_;
    Registration cache_upkeep_;
    std::optional<PortsFile> ports_;
    std::thread reload_;
    std::mutex reload_mutex_;
    bool reloading_ = false, reload_again_ = false;
};

}  // namespace gatehouse::app
