// Real programs: shell scripts whose lines a test reads.
#pragma once

#include <gatehouse/child_process.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::test {

using namespace std::chrono_literals;

constexpr auto kLong = 30s;  // far more than anything takes; a test that waits so long has failed

inline ChildCommand shell(const std::string& script) { return {.words = {"/bin/sh", "-c", script}}; }

// Thread-safe.
class Lines {
public:
    std::function<void(std::string_view)> keeper() {
        return [this](std::string_view line) {
            const std::lock_guard lock(mutex_);
            lines_.emplace_back(line);
            came_.notify_all();
        };
    }
    bool wait_for(const std::string& line) {
        std::unique_lock lock(mutex_);
        return came_.wait_for(lock, kLong,
                              [&] { return std::find(lines_.begin(), lines_.end(), line) != lines_.end(); });
    }
    std::vector<std::string> all() {
        const std::lock_guard lock(mutex_);
        return lines_;
    }
    std::string last() {
        const std::lock_guard lock(mutex_);
        return lines_.empty() ? std::string() : lines_.back();
    }

private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::vector<std::string> lines_;
};

}  // namespace gatehouse::test
