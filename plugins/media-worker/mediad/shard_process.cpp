#include "shard_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <gatehouse/media_protocol/socket.h>

namespace gatehouse::mediad {
namespace {

constexpr std::size_t kQueueBytes = 1024 * 1024;
constexpr std::chrono::seconds kLongLife{10};
constexpr std::chrono::milliseconds kFirstPause{250};
constexpr std::chrono::milliseconds kLongestPause{5'000};

/// Exec of this very program, with the two descriptors as 3 and 4 and nothing else inherited (all others are
/// close-on-exec).
pid_t spawn_shard(int socket, int crumbs) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, socket, 3);
    posix_spawn_file_actions_adddup2(&actions, crumbs, 4);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);

    std::array<std::string, 8> words{"gatehouse-mediad", "--shard", "--fd",     "3",
                                     "--crumbs-fd",      "4",       "--parent", std::to_string(::getpid())};
    std::array<char*, 9> argv{};
    std::transform(words.begin(), words.end(), argv.begin(), [](std::string& w) { return w.data(); });
    pid_t pid = 0;
    const int error = ::posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) throw std::system_error(error, std::generic_category(), "a media shard cannot be started");
    return pid;
}

}  // namespace

ShardProcess::~ShardProcess() { kill(); }

void ShardProcess::start(Clock::time_point now) {
    started_at_ = now;  // a start that fails is a short life too: ended() makes it wait
    auto [ours, theirs] = media_protocol::make_pair();
    // Targets 3 and 4 must not be the sources of each other: move both out of the way first.
    const UniqueFd socket(::fcntl(theirs.get(), F_DUPFD_CLOEXEC, 10));
    const UniqueFd crumbs(::fcntl(crumbs_.renew().get(), F_DUPFD_CLOEXEC, 10));
    if (!socket || !crumbs) throw std::system_error(errno, std::generic_category(), "a media shard cannot be started");
    pid_ = spawn_shard(socket.get(), crumbs.get());
    channel_.emplace(std::move(ours), kQueueBytes);
    terminating_ = false;
    unanswered = 0;
    next_ping = now + std::chrono::seconds(20);  // GStreamer looks through its plugins first
}

void ShardProcess::terminate() {
    terminating_ = true;
    if (pid_ > 0) ::kill(pid_, SIGTERM);
}

void ShardProcess::kill() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
}

void ShardProcess::ended(bool crashed, Clock::time_point now) {
    pid_ = 0;
    channel_.reset();
    if (!crashed) return;
    ++restarts_;
    pause_ = now - started_at_ >= kLongLife ? std::chrono::milliseconds(0)
                                            : std::clamp(pause_ * 2, kFirstPause, kLongestPause);
    start_at_ = now + pause_;
}

std::set<std::string> ShardProcess::suspects() const { return crumbs_.suspects(streams); }

}  // namespace gatehouse::mediad
