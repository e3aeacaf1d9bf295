#include "engine_child.h"

#include <gatehouse/error.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <system_error>
#include <vector>

#include "line_splitter.h"

namespace gatehouse::mediamtx {
namespace {

constexpr int kCannotRun = 127;

// Between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(const std::vector<char*>& argv, const char* directory, int output, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(kCannotRun);  // it ended before the line above
    ::setsid();                                      // a terminal's Ctrl-C is the gateway's to handle
    sigset_t none;
    sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGCHLD}) ::signal(number, SIG_DFL);
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    if (directory == nullptr || ::chdir(directory) == 0) ::execv(argv.front(), argv.data());
    ::_exit(kCannotRun);
}

struct Spawned {
    pid_t pid = -1;
    int output = -1;  // ours to close
};

Spawned spawn(std::vector<std::string> words, const char* directory) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw Error(ErrorCode::kUnavailable, "no pipe for MediaMTX's log lines");
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) become(argv, directory, pipe[1], parent);
    const int error = errno;
    ::close(pipe[1]);
    if (pid < 0) {
        ::close(pipe[0]);
        throw Error(ErrorCode::kUnavailable, "MediaMTX cannot be started: " + std::generic_category().message(error));
    }
    return {pid, pipe[0]};
}

void read_lines(int fd, const EngineChild::OnLine& line, const std::atomic<bool>& ended) {
    LineSplitter splitter(8'192);
    std::array<char, 16'384> block{};
    pollfd watched{fd, POLLIN, 0};
    for (;;) {
        if (::poll(&watched, 1, 250) == 0) {
            if (ended) break;
            continue;
        }
        const ssize_t n = ::read(fd, block.data(), block.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        splitter.feed({block.data(), static_cast<std::size_t>(n)}, line);
    }
    ::close(fd);
}

std::string describe(int status) {
    if (WIFSIGNALED(status)) return "ended by signal " + std::to_string(WTERMSIG(status));
    return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

// A pidfd would need a descriptor per child and brings nothing here: the wait is short and rare.
bool wait_for_exit(pid_t pid, std::chrono::milliseconds patience, int& status) {
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
        const pid_t ended = ::waitpid(pid, &status, WNOHANG);
        if (ended == pid || (ended < 0 && errno != EINTR)) return true;
        if (std::chrono::steady_clock::now() >= until) return false;
        ::poll(nullptr, 0, 5);
    }
}

}  // namespace

EngineChild::EngineChild(const std::string& program, const std::string& config_path, const std::string& directory,
                         OnLine line) {
    const std::string found = find_program(program);
    if (found.empty())
        throw Error(ErrorCode::kUnavailable,
                    "the program " + program + " is not there: install MediaMTX, or name it in program");
    const Spawned child = spawn({found, config_path}, directory.c_str());
    pid_ = child.pid;
    reader_ =
        std::thread([fd = child.output, call = std::move(line), ended = ended_] { read_lines(fd, call, *ended); });
}

EngineChild::~EngineChild() {
    end(std::chrono::seconds(5));
    *ended_ = true;
    if (reader_.joinable()) reader_.join();
}

bool EngineChild::running() {
    if (pid_ < 0) return false;
    int status = 0;
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) return true;
    how_ = ended == pid_ ? describe(status) : "ended";
    pid_ = -1;
    return false;
}

void EngineChild::end(std::chrono::milliseconds patience) noexcept {
    if (pid_ < 0) return;
    ::kill(pid_, SIGTERM);
    int status = 0;
    if (!wait_for_exit(pid_, patience, status)) {
        ::kill(pid_, SIGKILL);
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
    }
    pid_ = -1;
}

std::string find_program(const std::string& program) {
    if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) == 0 ? program : std::string();
    const char* path = std::getenv("PATH");
    std::istringstream folders(path == nullptr ? "/usr/local/bin:/usr/bin" : path);
    for (std::string folder; std::getline(folders, folder, ':');) {
        const std::string candidate = folder + "/" + program;
        if (!folder.empty() && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return {};
}

std::string ask_version(const std::string& program, std::chrono::milliseconds patience) {
    const std::string found = find_program(program);
    if (found.empty()) return {};
    const Spawned child = spawn({found, "--version"}, nullptr);
    std::string out;
    pollfd watched{child.output, POLLIN, 0};
    const auto until = std::chrono::steady_clock::now() + patience;
    while (out.size() < 64) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        const int ready = ::poll(&watched, 1, static_cast<int>(std::max<long>(left.count(), 0)));
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) break;
        std::array<char, 64> block{};
        const ssize_t n = ::read(child.output, block.data(), block.size());
        if (n <= 0) break;
        out.append(block.data(), static_cast<std::size_t>(n));
    }
    ::close(child.output);
    int status = 0;
    if (!wait_for_exit(child.pid, std::chrono::milliseconds(500), status)) {
        ::kill(child.pid, SIGKILL);
        while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
        }
    }
    out.resize(std::min({out.size(), out.find('\n'), std::size_t{64}}));
    return out;
}

}  // namespace gatehouse::mediamtx
