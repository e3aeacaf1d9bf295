// What root is told of files that the service's user cannot read.
#define BOOST_TEST_MODULE app
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "app/service_user.h"
#include "temporary_directory.h"

using gatehouse::app::unreadable_for;

namespace {

boost::test_tools::assertion_result is_root(boost::unit_test::test_unit_id) { return ::geteuid() == 0; }

struct Place {
    Place() { BOOST_REQUIRE(::chmod(directory.c_str(), 0755) == 0); }
    std::string file(const std::string& name, mode_t mode, uid_t owner = 0, gid_t group = 0) const {
        const std::string path = directory + "/" + name;
        std::ofstream(path) << "text\n";
        BOOST_REQUIRE(::chown(path.c_str(), owner, group) == 0);
        BOOST_REQUIRE(::chmod(path.c_str(), mode) == 0);
        return path;
    }
    const gatehouse::testing::TemporaryDirectory temporary;
    const std::string directory = temporary.path();
};

constexpr id_t kNobody = 65534;

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_owner_or_group_may_read_is_no_matter, Place, *boost::unit_test::precondition(is_root)) {
    const std::vector<std::string> files = {file("everybody", 0644), file("owner", 0400, kNobody),
                                            file("group", 0640, 0, kNobody), directory + "/missing"};
    BOOST_TEST(unreadable_for("nobody", files) == std::vector<std::string>{}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(what_only_root_may_read_is_named, Place, *boost::unit_test::precondition(is_root)) {
    const std::string key = file("key.pem", 0640);
    const auto lines = unreadable_for("nobody", {file("good.pem", 0644), key});
    BOOST_REQUIRE(lines.size() == 1U);
    BOOST_TEST(lines[0].find(key + " cannot be read by the user nobody") == 0U, lines[0]);
    BOOST_TEST(lines[0].find("Permission denied") != std::string::npos, lines[0]);
}

BOOST_FIXTURE_TEST_CASE(a_directory_above_that_is_closed_counts, Place, *boost::unit_test::precondition(is_root)) {
    std::filesystem::create_directory(directory + "/live");
    const std::string certificate = file("live/cert.pem", 0644);
    BOOST_REQUIRE(::chmod((directory + "/live").c_str(), 0700) == 0);
    BOOST_TEST(unreadable_for("nobody", {certificate}).size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(without_that_user_nothing_is_said, Place) {
    BOOST_TEST(unreadable_for("no-such-user-here", {"/etc/shadow"}).empty());
}
