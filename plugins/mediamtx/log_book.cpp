#include "log_book.h"

#include <algorithm>
#include <array>
#include <utility>

#include "redaction.h"

namespace gatehouse::mediamtx {
namespace {

using Line = CameraStory::Line;

constexpr std::size_t kPathFrame = std::string_view("[path ] ").size();

// What MediaMTX says at "info" of every reader and every camera; of use only to who looks for something.
bool is_chatter(std::string_view text) {
    static constexpr std::array<std::string_view, 6> kBeginnings{
        "[HLS] [session", "[HLS] [muxer", "[HLS] [conn", "[RTSP] [conn", "[RTSP] [session", "reloading configuration"};
    for (const auto beginning : kBeginnings)
        if (text.substr(0, beginning.size()) == beginning) return true;
    return false;
}

// So that nobody takes them for ours.
std::string as_said(const std::string& text) { return text.rfind("MediaMTX ", 0) == 0 ? text : "MediaMTX: " + text; }

}  // namespace

void LogBook::set_labels(std::map<std::string, std::string> labels) {
    std::lock_guard lock(mutex_);
    labels_ = std::move(labels);
    std::erase_if(causes_, [this](const auto& cause) { return !labels_.contains(cause.first); });
    std::erase_if(stories_, [this](const auto& story) { return !labels_.contains(story.first); });
}

void LogBook::forget(const std::string& path) {
    std::lock_guard lock(mutex_);
    causes_.erase(path);
    stories_.erase(path);
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
    write(level_of(line, text), as_said(text));
    if (says_refused_call(line) || says_api_change(line)) nudge_();
}

// An error of a camera is the camera's, not MediaMTX's: a warning.
void LogBook::take_path_line(const EngineLine& line, const std::string& text) {
    const std::string cause = cause_of(line);
    const MonotonicTime now = clock_.monotonic_now();
    const bool matters = line.level == EngineLevel::kWarning || line.level == EngineLevel::kError;
    bool told = !matters;
    std::string words = as_said(text);
    {
        std::lock_guard lock(mutex_);
        const auto label = labels_.find(line.path);
        if (label == labels_.end() || cause.empty()) {
            told = told || memory_.repeats(text, now);
        } else {
            causes_[line.path] = cause;
            const Line story = stories_[line.path].failed(cause, now);
            told = story == Line::kNone;
            words = words_of(story, cause);
        }
        if (label != labels_.end()) {
            if (says_available(line)) causes_.erase(line.path);
            const std::string said = text.substr(std::min(text.size(), line.path.size() + kPathFrame));
            words = label->second + ": " + (cause.empty() ? as_said(said) : words + " (" + as_said(said) + ")");
        }
    }
    write(told ? EngineLevel::kDebug : EngineLevel::kWarning, words);
}

void LogBook::look(const std::string& path, CameraLive::State state, const std::string& cause) {
    std::string words;
    auto line = Line::kNone;
    {
        std::lock_guard lock(mutex_);
        const auto label = labels_.find(path);
        if (label == labels_.end()) return;
        line = stories_[path].seen(state == CameraLive::State::kLive, state == CameraLive::State::kOffline, cause,
                                   clock_.monotonic_now());
        if (line == Line::kNone) return;
        words = label->second + ": " + words_of(line, cause);
    }
    is_trouble(line) ? logger_.warning(words) : logger_.information(words);
}

EngineLevel LogBook::level_of(const EngineLine& line, const std::string& text) {
    if (line.level == EngineLevel::kInformation && is_chatter(line.text)) return EngineLevel::kDebug;
    if (line.level != EngineLevel::kWarning && line.level != EngineLevel::kError) return line.level;
    std::lock_guard lock(mutex_);
    if (line.level == EngineLevel::kError) last_error_ = text;
    return memory_.repeats(text, clock_.monotonic_now()) ? EngineLevel::kDebug : line.level;
}

void LogBook::write(EngineLevel level, const std::string& line) {
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
