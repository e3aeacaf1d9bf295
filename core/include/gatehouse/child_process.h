// A helper program that a plugin runs: started without surprises, and gone when its owner is. Since ABI 1.2.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

struct ChildCommand {
    // The program and its arguments, which everybody on the machine can read: no secrets. A program without a slash is
    // looked for as find_program() does.
    std::vector<std::string> words;
    std::string directory = {};  // where it starts; empty: in the gateway's
    // Called for each line of its output and error output, without the line's end and cut after 8 KiB, on a thread of
    // its own, one line at a time. Empty lines are left out, and what it throws is dropped. While it is busy the
    // program waits as soon as its pipe is full. Without it the output goes where the gateway's goes.
    std::function<void(std::string_view line)> on_line = {};
    // Open descriptors that become its 3, 4, ...; the caller keeps his own. It inherits no others.
    std::vector<int> descriptors = {};
    std::chrono::milliseconds patience{3'000};  // of the destructor: from SIGTERM to SIGKILL
};

// One run of a program, or none. The program has a session of its own (a terminal's Ctrl-C is the gateway's to handle),
// no input, no blocked signals and default handlers. The kernel ends it with SIGKILL when the thread that started it
// ends (PR_SET_PDEATHSIG, prctl(2)): start it on a thread that outlives it. Signals go to the program alone, not to
// what it started in turn. Needs Linux 5.11.
//
// Movable; not thread-safe.
class ChildProcess {
public:
    ChildProcess() noexcept;
    // Returns once the program runs. Throws Error(kUnavailable) where it cannot be started, with the system's reason.
    explicit ChildProcess(ChildCommand command);
    ChildProcess(ChildProcess&& other) noexcept;
    // Ends what ran here before, as the destructor does.
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    // end(patience of the command), and no line comes any more.
    ~ChildProcess();

    // -1 when it does not run.
    pid_t pid() const noexcept;
    // Does not block. False once it has ended; it is then reaped, and how() says in which way it ended.
    bool running();
    // "ended with exit code 3", "ended by signal 11"; empty while it runs and where end() ended it.
    const std::string& how() const noexcept;
    // Blocks up to `patience` until it ends by itself: !running().
    bool wait(std::chrono::milliseconds patience);
    // SIGTERM, and SIGKILL when it is still there after `patience`; reaps it. Blocks up to `patience`, and in the worst
    // case 5 s more: false where even SIGKILL did not end it in that time (a process in an uninterruptible wait for a
    // disk); it is then left to the kernel.
    bool end(std::chrono::milliseconds patience) noexcept;

private:
    class Run;
    std::unique_ptr<Run> run_;
    std::string how_;
};

// Where a program lies: itself where it holds a slash, else the first hit on PATH; empty where nothing executable is
// there. Thread-safe.
std::string find_program(const std::string& program);

}  // namespace gatehouse
