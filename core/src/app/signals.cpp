#include "app/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include <gatehouse/error.h>

#include "base/file.h"

namespace gatehouse::app {

Signals::Signals() {
    sigset_t ours;
    ::sigemptyset(&ours);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&ours, signal);
    ::pthread_sigmask(SIG_BLOCK, &ours, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    signals_ = UniqueFd(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
    wake_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!signals_ || !wake_) throw Error(ErrorCode::kInternal, "cannot wait for signals: " + errno_text(errno));
}

std::optional<int> Signals::wait(std::chrono::milliseconds limit) {
    std::array<pollfd, 2> doors{pollfd{signals_.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
    if (::poll(doors.data(), doors.size(), static_cast<int>(limit.count())) <= 0) return std::nullopt;
    std::uint64_t wakes = 0;
    if (doors[1].revents != 0) [[maybe_unused]]
        const ssize_t cleared = ::read(wake_.get(), &wakes, sizeof wakes);
    signalfd_siginfo info{};
    if (doors[0].revents == 0 || ::read(signals_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
    return static_cast<int>(info.ssi_signo);
}

void Signals::wake() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

}  // namespace gatehouse::app
