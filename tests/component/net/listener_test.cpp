// The unix door and the group that may use it.
#define BOOST_TEST_MODULE listener
#include <boost/test/unit_test.hpp>

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "net/listener.h"
#include "temporary_directory.h"

namespace {

using gatehouse::net::listen_unix;

struct Place {
    Place() { BOOST_REQUIRE(::chmod(directory.path().c_str(), 0777) == 0); }
    std::string door() const { return directory / "admin.sock"; }
    const gatehouse::testing::TemporaryDirectory directory;
};

// As somebody who may give nothing away, whoever runs the test.
bool holds_as_nobody(const std::function<bool()>& claim) {
    constexpr id_t kNobody = 65534;
    const pid_t child = ::fork();
    if (child == 0) {
        if (::geteuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0))
            ::_exit(2);
        ::_exit(claim() ? 0 : 1);
    }
    int status = 0;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_group_that_may_not_have_the_socket_is_reported_and_the_door_is_open, Place) {
    BOOST_TEST(holds_as_nobody([&] {
        const auto listener = listen_unix(door(), "root");
        return listener.fd && listener.group_is_locked_out;
    }));
}

BOOST_FIXTURE_TEST_CASE(the_socket_goes_to_a_group_that_we_are_in, Place) {
    const auto* own = ::getgrgid(::getegid());
    BOOST_REQUIRE(own != nullptr);
    const auto listener = listen_unix(door(), own->gr_name);
    BOOST_TEST(!listener.group_is_locked_out);
    struct stat status {};
    BOOST_REQUIRE(::stat(door().c_str(), &status) == 0);
    BOOST_TEST(status.st_gid == ::getegid());
    BOOST_TEST((status.st_mode & 0777) == 0660);
}

BOOST_FIXTURE_TEST_CASE(a_group_that_does_not_exist_is_no_matter, Place) {
    BOOST_TEST(!listen_unix(door(), "gatehouse-admin-that-is-not-there").group_is_locked_out);
}
