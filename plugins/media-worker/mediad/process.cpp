#include "process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace gatehouse::mediad {

UniqueFd take_signals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    UniqueFd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) throw std::system_error(errno, std::generic_category(), "signalfd");
    return fd;
}

int next_signal(const UniqueFd& signals) {
    signalfd_siginfo info{};
    if (::read(signals.get(), &info, sizeof(info)) != static_cast<ssize_t>(sizeof(info))) return 0;
    return static_cast<int>(info.ssi_signo);
}

bool die_with_parent(int signal, int parent_pid) {
    const pid_t parent = parent_pid != 0 ? parent_pid : ::getppid();
    ::prctl(PR_SET_PDEATHSIG, signal);
    return ::getppid() == parent;
}

unsigned long raise_descriptor_limit() {
    constexpr rlim_t kWanted = 65'536;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur < kWanted) {
        limit.rlim_cur = std::min(kWanted, limit.rlim_max);
        static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
    }
    return limit.rlim_cur;
}

}  // namespace gatehouse::mediad
