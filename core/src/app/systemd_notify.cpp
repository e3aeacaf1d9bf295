#include "app/systemd_notify.h"

#include <systemd/sd-daemon.h>

namespace gatehouse::app {

namespace {
// A status is one line of plain words; a line break would begin a field of its own.
std::string one_line(std::string text) {
    for (char& c : text)
        if (c == '\n') c = ' ';
    return text;
}
void notify(const std::string& text) { sd_notify(0, text.c_str()); }
}  // namespace

void notify_ready(const std::string& status) { notify("READY=1\nSTATUS=" + one_line(status)); }

void notify_reloading() {
    const auto now =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch());
    notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()));
}

void notify_stopping(const std::string& status) { notify("STOPPING=1\nSTATUS=" + one_line(status)); }

void notify_status(const std::string& status) { notify("STATUS=" + one_line(status)); }

void notify_watchdog() { notify("WATCHDOG=1"); }

std::optional<std::chrono::microseconds> watchdog_interval() {
    std::uint64_t interval_us = 0;
    if (sd_watchdog_enabled(0, &interval_us) <= 0) return std::nullopt;
    return std::chrono::microseconds{static_cast<std::int64_t>(interval_us)};
}

}  // namespace gatehouse::app
