#include "log_book.h"

#include <array>
#include <utility>

#include "redaction.h"

namespace gatehouse::mediamtx {
namespace {

// What MediaMTX says at "info" of every reader and every camera; of use only to who looks for something.
bool is_chatter(std::string_view text) {
    static constexpr std::array<std::string_view, 6> kBeginnings{
        "[HLS] [session", "[HLS] [muxer", "[HLS] [conn", "[RTSP] [conn", "[RTSP] [session", "reloading configuration"};
    for (const auto beginning : kBeginnings)
        if (text.substr(0, beginning.size()) == beginning) return true;
    return false;
}

}  // namespace

void LogBook::set_labels(std::map<std::string, std::string> labels) {
    std::lock_guard lock(mutex_);
    labels_ = std::move(labels);
    std::erase_if(causes_, [this](const auto& cause) { return !labels_.contains(cause.first); });
}

void LogBook::set_secrets(std::vector<std::string> secrets) {
    std::lock_guard lock(mutex_);
    secrets_ = std::move(secrets);
}

void LogBook::take(std::string_view raw) {
    const EngineLine line = read_line(raw);
    std::vector<std::string> secrets;
    {
        std::lock_guard lock(mutex_);
        secrets = secrets_;
    }
    const std::string text = redacted(line.text, secrets);
    if (!line.path.empty()) return take_path_line(line, text);
    if (says_refused_call(line)) refused_call_ = true;
    if (says_api_change(line)) api_change_ = true;
    if (says_port_taken(line)) port_taken_ = true;
    if (line.level == EngineLevel::kError) {
        std::lock_guard lock(mutex_);
        last_error_ = text;
    }
    write(line.level == EngineLevel::kInformation && is_chatter(line.text) ? EngineLevel::kDebug : line.level, text);
    if (says_refused_call(line) || says_api_change(line)) nudge_();
}

void LogBook::take_path_line(const EngineLine& line, const std::string& text) {
    const std::string cause = cause_of(line);
    std::string words = text;
    bool repeated = false;
    {
        std::lock_guard lock(mutex_);
        const auto label = labels_.find(line.path);
        if (label != labels_.end()) {
            if (says_available(line)) causes_.erase(line.path);
            if (!cause.empty()) repeated = std::exchange(causes_[line.path], cause) == cause;
            words = label->second + ": " + text.substr(std::min(text.size(), line.path.size() + 8));
        }
    }
    // An error of a camera is the camera's, not MediaMTX's: a warning. Its repeats are for who looks closely.
    const bool quiet = repeated || line.level == EngineLevel::kInformation || line.level == EngineLevel::kDebug;
    write(quiet ? EngineLevel::kDebug : EngineLevel::kWarning, words);
}

void LogBook::write(EngineLevel level, const std::string& text) {
    const std::string line = text.rfind("MediaMTX ", 0) == 0 ? text : "MediaMTX: " + text;
    switch (level) {
        case EngineLevel::kDebug:
            return logger_.debug(line);
        case EngineLevel::kInformation:
            return logger_.information(line);
        case EngineLevel::kWarning:
            return logger_.warning(line);
        case EngineLevel::kError:
            return logger_.error(line);
    }
}

std::string LogBook::cause(const std::string& path) const {
    std::lock_guard lock(mutex_);
    const auto it = causes_.find(path);
    return it == causes_.end() ? std::string() : it->second;
}

std::string LogBook::last_error() const {
    std::lock_guard lock(mutex_);
    return last_error_;
}

}  // namespace gatehouse::mediamtx
