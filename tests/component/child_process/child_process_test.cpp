// How a child starts and ends.
#include <boost/test/unit_test.hpp>

#include <gatehouse/error.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "fixture.h"

using namespace gatehouse;
using namespace gatehouse::test;

namespace {

// Neither running nor a zombie.
bool is_gone(pid_t pid) { return ::kill(pid, 0) != 0 && errno == ESRCH; }
bool has_no_children() { return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD; }

std::string reason(const ChildCommand& command) {
    try {
        const ChildProcess child(command);
    } catch (const Error& e) {
        BOOST_TEST(static_cast<int>(e.error_code()) == static_cast<int>(ErrorCode::kUnavailable));
        return e.message();
    }
    return "it was started";
}

struct Directory {
    Directory() {
        char pattern[] = "/tmp/child-process-XXXXXX";
        path = ::mkdtemp(pattern);
    }
    ~Directory() { std::filesystem::remove_all(path); }
    void program(const std::string& name, const std::string& text, int mode = 0755) const {
        const std::string file = path + '/' + name;
        std::ofstream(file) << text;
        ::chmod(file.c_str(), static_cast<mode_t>(mode));
    }
    std::string path;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(child_process)

BOOST_AUTO_TEST_CASE(none_is_not_running_and_can_be_ended) {
    ChildProcess none;
    BOOST_TEST(!none.running());
    BOOST_TEST(none.pid() == -1);
    BOOST_TEST(none.how().empty());
    BOOST_TEST(none.wait(0ms));
    BOOST_TEST(none.end(0ms));
}

BOOST_AUTO_TEST_CASE(one_that_ends_by_itself_says_its_exit_code_and_is_reaped) {
    ChildProcess child(shell("exit 7"));
    const pid_t pid = child.pid();
    BOOST_TEST(pid > 0);
    BOOST_TEST(child.wait(kLong));
    BOOST_TEST(!child.running());
    BOOST_TEST(child.how() == "ended with exit code 7");
    BOOST_TEST(child.pid() == -1);
    BOOST_TEST(is_gone(pid));
}

BOOST_AUTO_TEST_CASE(one_that_a_signal_ends_says_which) {
    ChildProcess child(shell("kill -SEGV $$"));
    BOOST_TEST(child.wait(kLong));
    BOOST_TEST(child.how() == "ended by signal 11");
}

BOOST_AUTO_TEST_CASE(waiting_for_one_that_goes_on_gives_up) {
    ChildProcess child(shell("exec sleep 600"));
    BOOST_TEST(child.running());
    BOOST_TEST(!child.wait(20ms));
    BOOST_TEST(child.running());
    BOOST_TEST(child.how().empty());
}

BOOST_AUTO_TEST_CASE(one_that_obeys_is_asked_to_end_before_it_is_killed) {
    Lines lines;
    ChildCommand command = shell("trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done");
    command.on_line = lines.keeper();
    {
        ChildProcess child(std::move(command));
        BOOST_REQUIRE(lines.wait_for("ready"));
        BOOST_TEST(child.end(kLong));
        BOOST_TEST(!child.running());
        BOOST_TEST(child.how().empty());  // it did not end by itself
    }
    BOOST_TEST(lines.last() == "bye");
}

BOOST_AUTO_TEST_CASE(one_that_ignores_sigterm_is_killed) {
    Lines lines;
    ChildCommand command = shell("trap '' TERM; echo ready; while :; do sleep 0.05; done");
    command.on_line = lines.keeper();
    ChildProcess child(std::move(command));
    const pid_t pid = child.pid();
    BOOST_REQUIRE(lines.wait_for("ready"));
    BOOST_TEST(child.end(50ms));
    BOOST_TEST(is_gone(pid));
}

BOOST_AUTO_TEST_CASE(one_that_is_stopped_is_killed) {
    ChildProcess child(shell("exec sleep 600"));
    const pid_t pid = child.pid();
    ::kill(pid, SIGSTOP);
    BOOST_TEST(child.end(50ms));
    BOOST_TEST(is_gone(pid));
}

BOOST_AUTO_TEST_CASE(the_destructor_ends_it) {
    pid_t pid = -1;
    {
        const ChildProcess child(shell("exec sleep 600"));
        pid = child.pid();
    }
    BOOST_TEST(is_gone(pid));
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_CASE(a_new_one_in_its_place_ends_the_old_one) {
    ChildProcess child(shell("exec sleep 600"));
    const pid_t old = child.pid();
    child = ChildProcess(shell("exec sleep 600"));
    BOOST_TEST(is_gone(old));
    ChildProcess moved(std::move(child));
    BOOST_TEST(moved.running());
}

BOOST_AUTO_TEST_CASE(it_ends_with_the_thread_that_started_it) {
    ChildProcess child;
    std::thread([&child] { child = ChildProcess(shell("exec sleep 600")); }).join();
    BOOST_TEST(child.wait(kLong));
    BOOST_TEST(child.how() == "ended by signal 9");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started_says_why_and_leaves_nothing_behind) {
    const Directory directory;
    directory.program("text", "no program", 0644);
    directory.program("nonsense",
                      "\x7f"
                      "ELF nonsense");
    BOOST_TEST(reason({.words = {"/nowhere/program"}}) == "/nowhere/program: No such file or directory");
    BOOST_TEST(reason({.words = {"no-such-program-on-path"}}) == "no-such-program-on-path: No such file or directory");
    BOOST_TEST(reason({.words = {directory.path + "/text"}}) == directory.path + "/text: Permission denied");
    BOOST_TEST(reason({.words = {directory.path}}) == directory.path + ": Permission denied");
    BOOST_TEST(reason({.words = {directory.path + "/nonsense"}}) == directory.path + "/nonsense: Exec format error");
    BOOST_TEST(reason({.words = {"/bin/true"}, .directory = "/nowhere"}) == "/bin/true: No such file or directory");
    BOOST_TEST(reason({.words = {"/bin/true"}, .descriptors = {-1}}) == "/bin/true: Bad file descriptor");
    BOOST_CHECK_THROW(ChildProcess{ChildCommand{}}, Error);
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_CASE(a_program_is_looked_for_on_path) {
    const Directory directory;
    directory.program("beside", "#!/bin/sh\n");
    directory.program("text", "no program", 0644);
    const std::string before = std::getenv("PATH");
    ::setenv("PATH", ("/nowhere::" + directory.path).c_str(), 1);
    BOOST_TEST(find_program("beside") == directory.path + "/beside");
    BOOST_TEST(find_program("text").empty());
    BOOST_TEST(find_program("").empty());
    BOOST_TEST(find_program("/bin/sh") == "/bin/sh");
    BOOST_TEST(find_program("/bin").empty());
    ChildProcess child({.words = {"beside"}});
    ::setenv("PATH", before.c_str(), 1);
    BOOST_TEST(child.wait(kLong));
    BOOST_TEST(child.how() == "ended with exit code 0");
}

BOOST_AUTO_TEST_CASE(it_starts_in_its_directory_in_a_session_of_its_own_and_without_input) {
    Lines lines;
    ChildCommand command = shell("pwd; cat; echo end of input; exec sleep 600");
    command.directory = "/usr";
    command.on_line = lines.keeper();
    const ChildProcess child(std::move(command));
    BOOST_REQUIRE(lines.wait_for("end of input"));
    BOOST_TEST(lines.all() == (std::vector<std::string>{"/usr", "end of input"}));
    BOOST_TEST(::getsid(child.pid()) == child.pid());
}

BOOST_AUTO_TEST_CASE(signals_that_are_blocked_or_ignored_here_are_not_there) {
    sigset_t some, before;
    sigemptyset(&some);
    sigaddset(&some, SIGTERM);
    sigaddset(&some, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &some, &before);
    const auto handler = ::signal(SIGPIPE, SIG_IGN);
    Lines lines;
    {
        ChildProcess child(
            {.words = {"grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status"}, .on_line = lines.keeper()});
        BOOST_TEST(child.wait(kLong));
        sigset_t now;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
        BOOST_TEST(sigismember(&now, SIGUSR1) == 1);  // starting it changed nothing here
        BOOST_TEST(sigismember(&now, SIGUSR2) == 0);
    }
    ::signal(SIGPIPE, handler);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    const auto all = lines.all();
    BOOST_REQUIRE(all.size() == 3);
    BOOST_TEST(all[0] == "SigBlk:\t0000000000000000");
    BOOST_TEST(all[1] == "SigIgn:\t0000000000000000");
}

BOOST_AUTO_TEST_CASE(it_inherits_the_descriptors_it_is_given_and_no_others) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe(ends.data()) == 0);
    const int stray = ::fcntl(ends[1], F_DUPFD, 50);  // without close-on-exec, as a careless library leaves them
    Lines lines;
    ChildCommand command =
        shell("echo through 3 >&3; echo through 4 >&4; for f in /proc/$$/fd/*; do echo ${f##*/}; done");
    command.descriptors = {ends[1], ends[1]};
    command.on_line = lines.keeper();
    std::array<char, 64> block{};
    {
        ChildProcess child(std::move(command));
        ::close(ends[1]);
        ::close(stray);
        BOOST_TEST(child.wait(kLong));
    }
    std::string got;
    for (ssize_t n = 0; (n = ::read(ends[0], block.data(), block.size())) > 0;)
        got.append(block.data(), static_cast<std::size_t>(n));
    ::close(ends[0]);
    BOOST_TEST(got == "through 3\nthrough 4\n");
    const auto all = lines.all();
    BOOST_TEST(all.size() >= 5);
    for (const auto& fd : all) BOOST_TEST(std::stoi(fd) <= 5);  // 5: the shell's own, to read the directory
}

BOOST_AUTO_TEST_SUITE_END()
