#include "child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

namespace gatehouse::media_worker {
namespace {

// What the child inherits: no blocked signals, default handlers, no input.
class SpawnSetup {
public:
    SpawnSetup() {
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawn_file_actions_init(&actions_);
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    ~SpawnSetup() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnSetup(const SpawnSetup&) = delete;
    SpawnSetup& operator=(const SpawnSetup&) = delete;

    posix_spawnattr_t attributes_;
    posix_spawn_file_actions_t actions_;
};

std::string describe(int status) {
    if (WIFSIGNALED(status)) return "ended by signal " + std::to_string(WTERMSIG(status));
    return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command) {
    std::vector<std::string> words = command;
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const SpawnSetup setup;
    const int error = ::posix_spawn(&pid_, argv.front(), &setup.actions_, &setup.attributes_, argv.data(), environ);
    if (error != 0) {
        pid_ = -1;
        throw std::system_error(error, std::generic_category(), command.front());
    }
    // glibc 2.36 declares pidfd_open() without extern "C".
    exit_fd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), exit_fd_(std::move(other.exit_fd_)), how_(std::move(other.how_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    if (this != &other) {
        end(std::chrono::seconds(3));
        pid_ = std::exchange(other.pid_, -1);
        exit_fd_ = std::move(other.exit_fd_);
        how_ = std::move(other.how_);
    }
    return *this;
}

bool ChildProcess::running() {
    if (pid_ < 0) return false;
    int status = 0;
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) return true;
    how_ = ended == pid_ ? describe(status) : "ended";
    pid_ = -1;
    exit_fd_.reset();
    return false;
}

bool ChildProcess::wait_for_exit(std::chrono::milliseconds patience) const noexcept {
    pollfd watched{exit_fd_.get(), POLLIN, 0};
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        const int ready = ::poll(&watched, 1, static_cast<int>(std::max<long>(left.count(), 0)));
        if (ready > 0) return true;
        if (ready == 0 || errno != EINTR) return false;
    }
}

void ChildProcess::end(std::chrono::milliseconds patience) noexcept {
    if (pid_ < 0) return;
    ::kill(pid_, SIGTERM);
    if (!exit_fd_ || !wait_for_exit(patience)) ::kill(pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    exit_fd_.reset();
}

}  // namespace gatehouse::media_worker
