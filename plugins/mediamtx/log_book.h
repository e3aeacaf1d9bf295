// MediaMTX's log lines folded into ours, and what they say of the cameras.
#pragma once

#include <Poco/Logger.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine_log.h"

namespace gatehouse::mediamtx {

// Thread-safe. A camera that fails every 5 s is one line per cause, not 17,000 a day; secrets are taken out.
class LogBook {
public:
    // `nudge` is called when a line says that the configuration may have changed.
    LogBook(Poco::Logger& logger, std::function<void()> nudge) : logger_(logger), nudge_(std::move(nudge)) {}

    // The paths that may be named, each with its words ("camera 3 (Gate) main"); causes of others are forgotten.
    void set_labels(std::map<std::string, std::string> labels);
    void set_secrets(std::vector<std::string> secrets);
    // A line as MediaMTX wrote it.
    void take(std::string_view line);
    // Why a path gives no picture; empty: nothing was said since it last did.
    std::string cause(const std::string& path) const;
    // The last line that MediaMTX ended or failed with, for an operator; redacted.
    std::string last_error() const;
    // Since the last call: someone's configuration call was refused (and may have poisoned the rest), or changed
    // something.
    bool take_refused_call() { return refused_call_.exchange(false); }
    bool take_api_change() { return api_change_.exchange(false); }
    bool take_port_taken() { return port_taken_.exchange(false); }

private:
    void take_path_line(const EngineLine& line, const std::string& text);
    void write(EngineLevel level, const std::string& text);

    Poco::Logger& logger_;
    std::function<void()> nudge_;
    mutable std::mutex mutex_;
    std::map<std::string, std::string> labels_, causes_;
    std::vector<std::string> secrets_;
    std::string last_error_;
    std::atomic<bool> refused_call_{false}, api_change_{false}, port_taken_{false};
};

}  // namespace gatehouse::mediamtx
