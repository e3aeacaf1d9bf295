#include <boost/test/unit_test.hpp>

#include <Poco/TemporaryFile.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "plugin/breadcrumb.h"

using gatehouse::plugin::Breadcrumb;
using gatehouse::plugin::Crash;

namespace {

struct File {
    std::string path = Poco::TemporaryFile::tempName();
    ~File() { std::filesystem::remove(path); }

    // Runs `work` in a process of its own that has a breadcrumb, and tells how it ended.
    int child(const std::function<void(Breadcrumb&)>& work) const {
        const pid_t pid = ::fork();
        if (pid == 0) {
            ::signal(SIGABRT, SIG_DFL);
            Breadcrumb breadcrumb(path);
            breadcrumb.watch_crashes();
            work(breadcrumb);
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(pid, &status, 0);
        return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    }
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSeesSignals = false;  // the sanitizer's own handlers stay
#else
constexpr bool kSeesSignals = true;
#endif

}  // namespace

BOOST_FIXTURE_TEST_SUITE(breadcrumb, File)

BOOST_AUTO_TEST_CASE(a_process_that_ends_in_order_leaves_no_story) {
    {
        Breadcrumb breadcrumb(path);
        const Breadcrumb::Scope scope(breadcrumb, breadcrumb.intern("p", "start"));
    }
    BOOST_TEST(!Breadcrumb::read(path).has_value());
    BOOST_TEST(!Breadcrumb::read(path + ".missing").has_value());
}

BOOST_AUTO_TEST_CASE(a_killed_process_names_the_one_plugin_that_was_being_called) {
    BOOST_TEST(child([](Breadcrumb& breadcrumb) {
                   const Breadcrumb::Scope outer(breadcrumb, breadcrumb.intern("p", "start"));
                   { const Breadcrumb::Scope inner(breadcrumb, breadcrumb.intern("q", "route")); }
                   ::kill(::getpid(), SIGKILL);
               }) == SIGKILL);
    const auto crash = Breadcrumb::read(path);
    BOOST_REQUIRE(crash.has_value());
    BOOST_TEST(crash->signal == 0);
    BOOST_REQUIRE(crash->blamed().has_value());
    BOOST_TEST(crash->blamed()->plugin == "p");
    BOOST_TEST(crash->blamed()->entry == "start");
}

BOOST_AUTO_TEST_CASE(a_killed_process_outside_every_plugin_names_nobody) {
    child([](Breadcrumb& breadcrumb) {
        { const Breadcrumb::Scope scope(breadcrumb, breadcrumb.intern("p", "start")); }
        ::kill(::getpid(), SIGKILL);
    });
    BOOST_REQUIRE(Breadcrumb::read(path).has_value());
    BOOST_TEST(!Breadcrumb::read(path)->blamed().has_value());
}

BOOST_AUTO_TEST_CASE(a_crash_names_the_plugin_of_its_own_thread, *boost::unit_test::enable_if<kSeesSignals>()) {
    BOOST_TEST(child([](Breadcrumb& breadcrumb) {
                   const Breadcrumb::Scope scope(breadcrumb, breadcrumb.intern("p", "timer t"));
                   ::raise(SIGSEGV);
               }) == SIGSEGV);
    const auto crash = Breadcrumb::read(path);
    BOOST_REQUIRE(crash.has_value());
    BOOST_TEST(crash->signal == SIGSEGV);
    BOOST_REQUIRE(crash->culprit.has_value());
    BOOST_TEST(crash->culprit->plugin == "p");
    BOOST_TEST(crash->culprit->entry == "timer t");
}

BOOST_AUTO_TEST_CASE(a_crash_of_the_host_is_not_held_against_who_happened_to_be_called) {
    Crash crash;
    crash.signal = SIGSEGV;
    crash.under_way = {{"p", "start"}};
    BOOST_TEST(!crash.blamed().has_value());
    crash.signal = 0;
    BOOST_TEST(crash.blamed().has_value());
    crash.under_way.push_back({"q", "start"});
    BOOST_TEST(!crash.blamed().has_value());
}

BOOST_AUTO_TEST_CASE(a_file_with_other_bytes_is_no_story) {
    child([](Breadcrumb&) { ::kill(::getpid(), SIGKILL); });
    const auto size = std::filesystem::file_size(path);
    BOOST_REQUIRE(Breadcrumb::read(path).has_value());
    std::ofstream(path, std::ios::binary) << std::string(size, '\xff');
    BOOST_TEST(!Breadcrumb::read(path).has_value());
    std::filesystem::resize_file(path, 100);
    BOOST_TEST(!Breadcrumb::read(path).has_value());
}

BOOST_AUTO_TEST_CASE(thousands_of_entries_never_overflow_the_table) {
    Breadcrumb breadcrumb(path);
    const auto first = breadcrumb.intern("p", "0");
    for (int i = 0; i < 5000; ++i) BOOST_REQUIRE(breadcrumb.intern("p", std::to_string(i)) != 0u);
    BOOST_TEST(breadcrumb.intern("p", "0") == first);
    BOOST_TEST(breadcrumb.intern("p", "4999") == breadcrumb.intern("p", "4998"));
    BOOST_TEST(breadcrumb.intern("q", "x") != breadcrumb.intern("p", "4999"));
}

BOOST_AUTO_TEST_SUITE_END()
