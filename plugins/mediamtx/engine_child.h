// MediaMTX as a child of the gateway: it ends with us, and its log lines come to us.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace gatehouse::mediamtx {

// Not thread-safe. The destructor ends the program as end() does. The thread that constructs it must outlive the child:
// the kernel ends the child with the thread that started it (PR_SET_PDEATHSIG).
class EngineChild {
public:
    // `line` is called on a thread of its own for each line of the program's output, at most 8 KiB of it.
    using OnLine = std::function<void(std::string_view line)>;

    // Throws Error(kUnavailable) where the program cannot be started. `program` without a slash is looked for on PATH.
    EngineChild(const std::string& program, const std::string& config_path, const std::string& directory, OnLine line);
    ~EngineChild();
    EngineChild(const EngineChild&) = delete;
    EngineChild& operator=(const EngineChild&) = delete;

    pid_t pid() const noexcept { return pid_; }
    // False once it has ended; how() then says in which way.
    bool running();
    const std::string& how() const noexcept { return how_; }
    // SIGTERM, and SIGKILL when it is still there after `patience`. Blocks until it is gone.
    void end(std::chrono::milliseconds patience) noexcept;

private:
    pid_t pid_ = -1;
    std::string how_;
    // What MediaMTX starts by itself may keep the pipe open beyond its end.
    std::shared_ptr<std::atomic<bool>> ended_ = std::make_shared<std::atomic<bool>>(false);
    std::thread reader_;
};

// Where a program lies: itself where it holds a slash, else the first hit on PATH; empty where there is none.
std::string find_program(const std::string& program);
// What `program --version` prints, at most 64 bytes; empty where it fails or takes longer than `patience`.
std::string ask_version(const std::string& program, std::chrono::milliseconds patience);

}  // namespace gatehouse::mediamtx
