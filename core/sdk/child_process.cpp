#include <gatehouse/child_process.h>
#include <gatehouse/error.h>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

#include "line_splitter.h"
#include "spawn.h"

namespace gatehouse {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kKernelPatience{5'000};
constexpr milliseconds kLongestPatience = std::chrono::hours(24);
constexpr std::size_t kLongestLine = 8'192;
// What a pipe can hold at most: read after the program's end, when others may write into it for ever.
constexpr std::size_t kLeftInPipe = 1 << 20;

std::string describe(int status) {
    if (WIFSIGNALED(status)) return "ended by signal " + std::to_string(WTERMSIG(status));
    return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

// Reads until all writers are gone, or `stop` is readable and the pipe is empty.
void read_lines(int output, int stop, const std::function<void(std::string_view)>& on_line) {
    const auto line = [&on_line](std::string_view text) {
        try {
            on_line(text);
        } catch (...) {  // the reading goes on: a full pipe would halt the program
        }
    };
    LineSplitter splitter(kLongestLine);
    std::array<char, 16'384> block{};
    std::size_t allowed = kLeftInPipe;
    for (bool stopping = false; allowed > 0;) {
        if (!stopping) {
            std::array<pollfd, 2> watched{{{output, POLLIN, 0}, {stop, POLLIN, 0}}};
            ::poll(watched.data(), watched.size(), -1);
            stopping = watched[1].revents != 0;
        }
        const ssize_t n = ::read(output, block.data(), block.size());
        if (n < 0 && (errno == EINTR || (errno == EAGAIN && !stopping))) continue;
        if (n <= 0) break;
        splitter.feed({block.data(), static_cast<std::size_t>(n)}, line);
        if (stopping) allowed -= std::min(allowed, static_cast<std::size_t>(n));
    }
    splitter.finish(line);
}

}  // namespace

class ChildProcess::Run {
public:
    explicit Run(ChildCommand command) : command_(std::move(command)), stop_(::eventfd(0, EFD_CLOEXEC)) {}
    ~Run() {
        end(command_.patience);
        if (!reader_.joinable()) return;
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one);
        reader_.join();
    }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    void start() {
        if (!stop_) throw std::system_error(errno, std::generic_category(), "eventfd");
        process_ = spawn(command_);
        if (!process_.output) return;
        reader_ = std::thread([this] {
            ::pthread_setname_np(::pthread_self(), "child.output");
            read_lines(process_.output.get(), stop_.get(), command_.on_line);
        });
    }

    pid_t pid() const noexcept { return process_.pid; }

    // True once it has ended and is reaped; then its status, where it could be had.
    bool reap(milliseconds patience, std::optional<int>& status) noexcept {
        if (process_.pid < 0) return true;
        const auto until = steady_clock::now() + std::min(patience, kLongestPatience);
        for (;;) {
            int found = 0;
            const pid_t ended = ::waitpid(process_.pid, &found, WNOHANG);
            if (ended == process_.pid) status = found;
            if (ended == process_.pid || (ended < 0 && errno != EINTR)) break;
            const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
            if (left.count() <= 0) return false;
            pollfd exit{process_.exit.get(), POLLIN, 0};
            ::poll(&exit, 1, process_.exit ? static_cast<int>(left.count()) : 5);
        }
        process_.pid = -1;
        process_.exit.reset();
        return true;
    }

    bool end(milliseconds patience) noexcept {
        std::optional<int> status;
        if (process_.pid > 0) ::kill(process_.pid, SIGTERM);
        if (reap(patience, status)) return true;
        ::kill(process_.pid, SIGKILL);
        return reap(kKernelPatience, status);
    }

private:
    const ChildCommand command_;
    UniqueFd stop_;
    Spawned process_;
    std::thread reader_;
};

ChildProcess::ChildProcess() noexcept = default;
ChildProcess::ChildProcess(ChildProcess&& other) noexcept = default;
ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept = default;
ChildProcess::~ChildProcess() = default;

ChildProcess::ChildProcess(ChildCommand command) : run_(std::make_unique<Run>(std::move(command))) {
    try {
        run_->start();
    } catch (const std::system_error& e) {  // no descriptor or no thread for its output
        throw Error(ErrorCode::kUnavailable, e.what());
    }
}

pid_t ChildProcess::pid() const noexcept { return run_ ? run_->pid() : -1; }

bool ChildProcess::running() { return !wait(milliseconds(0)); }

const std::string& ChildProcess::how() const noexcept { return how_; }

bool ChildProcess::wait(milliseconds patience) {
    if (!run_ || run_->pid() < 0) return true;
    std::optional<int> status;
    if (!run_->reap(patience, status)) return false;
    how_ = status ? describe(*status) : "ended";
    return true;
}

bool ChildProcess::end(milliseconds patience) noexcept { return !run_ || run_->end(patience); }

std::string find_program(const std::string& program) {
    const auto usable = [](const std::string& path) {
        std::error_code error;
        return std::filesystem::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
    };
    if (program.find('/') != std::string::npos) return usable(program) ? program : std::string();
    const char* path = std::getenv("PATH");
    std::istringstream folders(path == nullptr ? "/usr/local/bin:/usr/bin" : path);
    for (std::string folder; !program.empty() && std::getline(folders, folder, ':');)
        if (!folder.empty() && usable(folder + '/' + program)) return folder + '/' + program;
    return {};
}

}  // namespace gatehouse
