#include "spawn.h"

#include <gatehouse/error.h>

#include <fcntl.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

namespace gatehouse {
namespace {

constexpr int kCannotRun = 127;
constexpr int kFirstGiven = 3;

[[noreturn]] void fail(const ChildCommand& command, int error) {
    throw Error(ErrorCode::kUnavailable, command.words.front() + ": " + std::generic_category().message(error));
}

// A signal that arrived in the new process before the exec would run our handlers there.
class SignalsHeld {
public:
    SignalsHeld() {
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;

private:
    sigset_t before_{};
};

// All that the new process needs, made before the fork: after it nothing may allocate.
struct Start {
    std::string program;
    std::vector<std::string> words;
    std::vector<char*> argv;
    const char* directory = nullptr;
    UniqueFd input, output, report;
    std::vector<UniqueFd> given;
    pid_t parent = -1;
};

struct Pipe {
    explicit Pipe(const ChildCommand& command) {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(command, errno);
        reading = UniqueFd(ends[0]);
        writing = UniqueFd(ends[1]);
    }
    UniqueFd reading, writing;
};

// A second descriptor, above those that the program gets: so none of them is overwritten before its turn.
UniqueFd out_of_the_way(const ChildCommand& command, int fd) {
    UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, kFirstGiven + static_cast<int>(command.descriptors.size())));
    if (!copy) fail(command, errno);
    return copy;
}

// Between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(const Start& start) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != start.parent) ::_exit(kCannotRun);  // it ended before the line above
    ::setsid();
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    ::dup2(start.input.get(), STDIN_FILENO);
    if (start.output) {
        ::dup2(start.output.get(), STDOUT_FILENO);
        ::dup2(start.output.get(), STDERR_FILENO);
    }
    int next = kFirstGiven;
    for (const UniqueFd& fd : start.given) ::dup2(fd.get(), next++);
    const bool ready = ::close_range(static_cast<unsigned>(next), ~0U, CLOSE_RANGE_CLOEXEC) == 0 &&
                       (start.directory == nullptr || ::chdir(start.directory) == 0);
    if (ready) ::execv(start.program.c_str(), start.argv.data());
    const int error = errno;
    [[maybe_unused]] const auto told = ::write(start.report.get(), &error, sizeof error);
    ::_exit(kCannotRun);
}

Start prepare(const ChildCommand& command) {
    Start start;
    start.program = find_program(command.words.front());
    if (start.program.empty()) {
        const bool path = command.words.front().find('/') != std::string::npos;
        fail(command, path && ::access(command.words.front().c_str(), F_OK) == 0 ? EACCES : ENOENT);
    }
    start.words = command.words;
    start.argv.reserve(start.words.size() + 1);
    for (auto& word : start.words) start.argv.push_back(word.data());
    start.argv.push_back(nullptr);
    if (!command.directory.empty()) start.directory = command.directory.c_str();
    const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!nothing) fail(command, errno);
    start.input = out_of_the_way(command, nothing.get());
    start.given.reserve(command.descriptors.size());
    for (const int fd : command.descriptors) start.given.push_back(out_of_the_way(command, fd));
    start.parent = ::getpid();
    return start;
}

pid_t fork_and_exec(const ChildCommand& command, Start start) {
    Pipe report(command);  // closed by the exec, or it says why there was none
    start.report = out_of_the_way(command, report.writing.get());
    report.writing.reset();
    pid_t pid = -1;
    int error = 0;
    {
        const SignalsHeld held;
        pid = ::fork();
        if (pid == 0) become(start);
        error = errno;
    }
    if (pid < 0) fail(command, error);
    start.report.reset();
    ssize_t got = 0;
    do got = ::read(report.reading.get(), &error, sizeof error);
    while (got < 0 && errno == EINTR);
    if (got != sizeof error) return pid;
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    fail(command, error);
}

}  // namespace

Spawned spawn(const ChildCommand& command) {
    if (command.words.empty()) throw Error(ErrorCode::kInvalidArgument, "a command needs a program");
    Start start = prepare(command);
    Spawned spawned;
    if (command.on_line) {
        Pipe output(command);
        if (::fcntl(output.reading.get(), F_SETFL, O_NONBLOCK) != 0) fail(command, errno);
        start.output = out_of_the_way(command, output.writing.get());
        spawned.output = std::move(output.reading);
    }
    spawned.pid = fork_and_exec(command, std::move(start));
    // glibc 2.36 declares pidfd_open() without extern "C".
    spawned.exit = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, spawned.pid, 0)));
    return spawned;
}

}  // namespace gatehouse
