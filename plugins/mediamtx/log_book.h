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

#include <gatehouse/catalogue.h>
#include <gatehouse/clock.h>

#include "camera_story.h"
#include "engine_log.h"
#include "line_memory.h"

namespace gatehouse::mediamtx {

// Thread-safe. A camera that fails every 5 s is a line when it dies and one when it is back, not 17,000 a day (see
// CameraStory); other warnings that repeat are one line in ten minutes. All of them are there at level debug. Secrets
// are taken out.
class LogBook {
public:
    // `nudge` is called when a line says that the configuration may have changed.
    LogBook(Poco::Logger& logger, const Clock& clock, std::function<void()> nudge)
        : logger_(logger), clock_(clock), nudge_(std::move(nudge)) {}

    // The paths that may be named, each with its words ("camera 3 (Gate) main"); causes of others are forgotten.
    void set_labels(std::map<std::string, std::string> labels);
    void set_secrets(std::vector<std::string> secrets);
    // A path that has other settings now: what was said of it before no longer counts.
    void forget(const std::string& path);
    // A line as MediaMTX wrote it.
    void take(std::string_view line);
    // What was seen of a path; `cause` in plain words where it is offline.
    void look(const std::string& path, CameraLive::State state, const std::string& cause);
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
    void write(EngineLevel level, const std::string& line);
    EngineLevel level_of(const EngineLine& line, const std::string& text);

    Poco::Logger& logger_;
    const Clock& clock_;
    std::function<void()> nudge_;
    mutable std::mutex mutex_;
    std::map<std::string, std::string> labels_, causes_;
    std::map<std::string, CameraStory> stories_;
    LineMemory memory_;
    std::vector<std::string> secrets_;
    std::string last_error_;
    std::atomic<bool> refused_call_{false}, api_change_{false}, port_taken_{false};
};

}  // namespace gatehouse::mediamtx
