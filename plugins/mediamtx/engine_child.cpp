#include "engine_child.h"

#include <gatehouse/error.h>

#include <utility>

namespace gatehouse::mediamtx {

using namespace std::chrono_literals;

ChildProcess start_engine(const std::string& program, const std::string& config_path, const std::string& directory,
                          std::function<void(std::string_view line)> line) {
    const std::string found = find_program(program);
    if (found.empty())
        throw Error(ErrorCode::kUnavailable,
                    "the program " + program + " is not there: install MediaMTX, or name it in program");
    try {
        return ChildProcess(
            {.words = {found, config_path}, .directory = directory, .on_line = std::move(line), .patience = 5s});
    } catch (const Error& e) {
        throw Error(ErrorCode::kUnavailable, "MediaMTX cannot be started: " + e.message());
    }
}

std::string ask_version(const std::string& program, std::chrono::milliseconds patience) {
    std::string first;
    const auto keep = [&first](std::string_view line) {
        if (first.empty()) first = line.substr(0, 64);
    };
    try {
        ChildProcess child({.words = {program, "--version"}, .on_line = keep, .patience = 500ms});
        child.wait(patience);
    } catch (const Error&) {
        return {};
    }
    return first;  // of a thread that has ended with the child
}

}  // namespace gatehouse::mediamtx
