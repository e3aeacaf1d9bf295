// The MediaMTX on this machine: started as a child of the gateway, and asked for its version.
#pragma once

#include <gatehouse/child_process.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace gatehouse::mediamtx {

// `program` without a slash is looked for on PATH. Its log comes to `line`, on a thread of the child's.
// Throws Error(kUnavailable) where it cannot be started.
ChildProcess start_engine(const std::string& program, const std::string& config_path, const std::string& directory,
                          std::function<void(std::string_view line)> line);

// What `program --version` prints first, at most 64 bytes; empty where it fails or takes longer than `patience`.
std::string ask_version(const std::string& program, std::chrono::milliseconds patience);

}  // namespace gatehouse::mediamtx
