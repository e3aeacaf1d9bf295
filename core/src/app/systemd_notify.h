// What systemd is told (sd_notify(3)); nothing happens where no systemd listens.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace gatehouse::app {

void notify_ready(const std::string& status);
// systemd 252 knows no notify-reload yet, but RELOADING=1 with a monotonic time is harmless to it and right for later
// ones.
void notify_reloading();
void notify_stopping(const std::string& status);
void notify_status(const std::string& status);
void notify_watchdog();
// WatchdogSec of the unit where it is meant for this process.
std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace gatehouse::app
