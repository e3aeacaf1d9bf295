// One helper program that ends with its owner.
#pragma once

#include <gatehouse/media_protocol/unique_fd.h>

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace gatehouse::media_worker {

// Not thread-safe. The destructor ends the program as end() does.
class ChildProcess {
public:
    ChildProcess() = default;
    // Throws std::system_error when the program cannot be started. Its standard input is /dev/null, its output ours.
    explicit ChildProcess(const std::vector<std::string>& command);
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    ~ChildProcess() { end(std::chrono::seconds(3)); }

    pid_t pid() const noexcept { return pid_; }
    // Readable once the program has ended (pidfd_open(2)); -1 without one.
    int exit_fd() const noexcept { return exit_fd_.get(); }
    // False once it has ended; `how` then says in which way.
    bool running();
    const std::string& how() const noexcept { return how_; }
    // SIGTERM, and SIGKILL when it is still there after `patience`. Blocks until it is gone.
    void end(std::chrono::milliseconds patience) noexcept;

private:
    bool wait_for_exit(std::chrono::milliseconds patience) const noexcept;

    pid_t pid_ = -1;
    media_protocol::UniqueFd exit_fd_;
    std::string how_;
};

}  // namespace gatehouse::media_worker
