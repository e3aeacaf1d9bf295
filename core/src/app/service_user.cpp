#include "app/service_user.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "base/file.h"

namespace gatehouse::app {

namespace {

struct Identity {
    uid_t user;
    gid_t group;
    std::vector<gid_t> groups;
};

std::optional<Identity> identity_of(const std::string& user) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16384> buffer{};
    if (::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
    Identity identity{entry.pw_uid, entry.pw_gid, std::vector<gid_t>(256)};
    int count = static_cast<int>(identity.groups.size());
    if (::getgrouplist(user.c_str(), entry.pw_gid, identity.groups.data(), &count) < 0) return {};
    identity.groups.resize(static_cast<std::size_t>(count));
    return identity;
}

constexpr int kCannotBecome = 255;

// Only calls that are safe after a fork of a process with threads.
[[noreturn]] void try_to_open(const Identity& identity, const char* file) {
    if (::setgroups(identity.groups.size(), identity.groups.data()) != 0 || ::setgid(identity.group) != 0 ||
        ::setuid(identity.user) != 0)
        ::_exit(kCannotBecome);
    ::_exit(::open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK) >= 0 ? 0 : errno);
}

// The errno of opening it; 0 where it can be opened or nobody can tell.
int failure_of(const Identity& identity, const std::string& file) {
    const pid_t child = ::fork();
    if (child == 0) try_to_open(identity, file.c_str());
    int status = 0;
    while (child > 0 && ::waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return 0;
    if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == kCannotBecome) return 0;
    return WEXITSTATUS(status);
}

}  // namespace

std::vector<std::string> files_of(const config::Configuration& configuration) {
    std::vector<std::string> files{configuration.file};
    for (const auto& [plugin, node] : configuration.plugins)
        files.push_back(config::plugin_file(configuration.file, plugin));
    const auto& https = configuration.app.https;
    if (!https.listen.empty()) files.insert(files.end(), {https.certificate, https.key});
    return files;
}

std::vector<std::string> unreadable_for(const std::string& user, const std::vector<std::string>& files) {
    std::vector<std::string> lines;
    const auto identity = identity_of(user);
    if (!identity) return lines;
    for (const auto& file : files) {
        const int failure = failure_of(*identity, file);
        if (failure != 0 && failure != ENOENT)
            lines.push_back(file + " cannot be read by the user " + user + ", as whom the service runs: " +
                            errno_text(failure) + " (chgrp " + user + ", chmod 0640; its directories, too)");
    }
    return lines;
}

}  // namespace gatehouse::app
