#include "engine_log.h"

#include <simdjson.h>

#include <array>
#include <utility>

namespace gatehouse::mediamtx {
namespace {

constexpr std::size_t kLongestLine = 8'192;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

EngineLevel level_of(std::string_view word) {
    if (word == "ERR") return EngineLevel::kError;
    if (word == "WAR") return EngineLevel::kWarning;
    if (word == "DEB") return EngineLevel::kDebug;
    return EngineLevel::kInformation;
}

bool read_structured(std::string_view line, EngineLine& out) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    std::string_view level, message;
    simdjson::dom::element root;
    if (parser.parse(line.data(), line.size()).get(root) || root.get(object) || object["message"].get(message))
        return false;
    if (!object["level"].get(level)) out.level = level_of(level);
    out.text = message;
    return true;
}

// "2026/11/23 23:43:23 ERR text"
bool read_plain(std::string_view line, EngineLine& out) {
    constexpr std::size_t kStamp = 20;
    if (line.size() < kStamp + 4 || line[4] != '/' || line[kStamp - 1] != ' ' || line[kStamp + 3] != ' ') return false;
    out.level = level_of(line.substr(kStamp, 3));
    out.text = line.substr(kStamp + 4);
    return true;
}

}  // namespace

EngineLine read_line(std::string_view line) {
    line = line.substr(0, kLongestLine);
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    EngineLine out;
    if (!(line.substr(0, 1) == "{" && read_structured(line, out)) && !read_plain(line, out)) out.text = line;
    constexpr std::string_view kPath = "[path ";
    const std::string_view text = out.text;
    if (text.substr(0, kPath.size()) == kPath)
        out.path = text.substr(kPath.size(), std::min(text.find(']'), text.size()) - kPath.size());
    return out;
}

std::string cause_of(const EngineLine& line) {
    if (line.path.empty() || line.level != EngineLevel::kError) return {};
    using Sign = std::pair<std::string_view, const char*>;
    static constexpr std::array<Sign, 18> kSigns{{
        {"connection refused", "the camera refuses the connection: nothing listens on that port"},
        {"i/o timeout", "the camera does not answer: it is off, or not reachable from here"},
        {"no route to host", "the camera does not answer: it is off, or not reachable from here"},
        {"network is unreachable", "the camera does not answer: it is off, or not reachable from here"},
        {"no such host", "the camera's host name is not known"},
        {"server misbehaving", "the camera's host name is not known"},
        {"status code: 401", "wrong user or password"},
        {"status code: 403", "wrong user or password"},
        {"authentication", "wrong user or password"},
        {"status code: 404", "the camera does not know this path: check the stream's address"},
        {"request timed out", "the camera accepts the connection but does not answer"},
        {"TCP timeout", "the camera answers but sends no pictures"},
        {"UDP timeout", "the camera answers but sends no pictures"},
        {"no UDP packets received", "the camera answers but sends no pictures"},
        {"connection reset", "the camera closed the connection"},
        {"broken pipe", "the camera closed the connection"},
        {"EOF", "the camera closed the connection"},
        {"status code: ", "the camera refuses the stream"},
    }};
    for (const auto& [sign, words] : kSigns)
        if (contains(line.text, sign)) return words;
    return contains(line.text, "source]") ? "the camera refuses the stream" : "";
}

bool says_available(const EngineLine& line) {
    return !line.path.empty() && (contains(line.text, "stream is available") || contains(line.text, "ready:"));
}

bool says_refused_call(const EngineLine& line) {
    return line.level == EngineLevel::kError && line.text.rfind("[API] ", 0) == 0;
}

bool says_api_change(const EngineLine& line) { return contains(line.text, "reloading configuration (API request)"); }

bool says_port_taken(const EngineLine& line) { return contains(line.text, "address already in use"); }

}  // namespace gatehouse::mediamtx
