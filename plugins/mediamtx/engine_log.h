// MediaMTX's log lines: what they say of a camera, in plain words. Pure. Source: MediaMTX v1.20.1, captured lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::mediamtx {

enum class EngineLevel { kDebug, kInformation, kWarning, kError };

struct EngineLine {
    EngineLevel level = EngineLevel::kInformation;
    std::string text;
    std::string path;  // of "[path x] ..."; empty otherwise
};

// Reads both of MediaMTX's formats: a JSON object (logStructured) and "2026/11/23 23:43:23 ERR text". Anything else is
// information with the line as its text. The text is not redacted yet.
EngineLine read_line(std::string_view line);

// Why a camera gives no picture, as plain words; empty where the line says nothing of that.
std::string cause_of(const EngineLine& line);
// "stream is available": what was said before no longer holds.
bool says_available(const EngineLine& line);
// A configuration call that was refused: it may have poisoned the live configuration.
bool says_refused_call(const EngineLine& line);
// Someone changed the configuration through the API.
bool says_api_change(const EngineLine& line);
// "listen tcp 127.0.0.1:8888: bind: address already in use", or nothing.
bool says_port_taken(const EngineLine& line);

}  // namespace gatehouse::mediamtx
