#define BOOST_TEST_MODULE base
#include <boost/test/unit_test.hpp>

#include <Poco/TemporaryFile.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <gatehouse/error.h>

#include "base/file.h"
#include "base/lock_file.h"

using namespace gatehouse;

namespace {

struct Directory {
    std::string path = Poco::TemporaryFile::tempName();
    Directory() { make_directories(path); }
    ~Directory() { std::filesystem::remove_all(path); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(files, Directory)

BOOST_AUTO_TEST_CASE(a_file_is_read_up_to_its_bound_and_not_beyond) {
    std::ofstream(path + "/a") << "12345";
    BOOST_TEST(read_file(path + "/a", 5)->bytes == "12345");
    BOOST_TEST(read_file(path + "/a", 4)->too_large);
    BOOST_TEST(!read_file(path + "/missing", 5).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_file_is_an_error_and_never_waited_for) {
    BOOST_CHECK_THROW(read_file(path, 5), Error);
    BOOST_REQUIRE(::mkfifo((path + "/pipe").c_str(), 0600) == 0);
    BOOST_CHECK_THROW(read_file(path + "/pipe", 5), Error);
}

BOOST_AUTO_TEST_CASE(a_file_is_replaced_as_a_whole_and_leaves_nothing_beside_it) {
    replace_file(path + "/a", "old", 0600);
    replace_file(path + "/a", "new", 0600);
    BOOST_TEST(read_file(path + "/a", 100)->bytes == "new");
    BOOST_TEST(!std::filesystem::exists(path + "/a.new"));
    BOOST_CHECK_THROW(replace_file(path + "/no/such/place", "x", 0600), Error);
}

BOOST_AUTO_TEST_CASE(a_lock_is_held_once_and_names_its_holder) {
    {
        const LockFile first(path + "/lock");
        try {
            const LockFile second(path + "/lock");
            BOOST_FAIL("locked twice");
        } catch (const Error& refused) {
            BOOST_TEST((refused.error_code() == ErrorCode::kConflict));
            BOOST_TEST(refused.message().find("process " + std::to_string(::getpid())) != std::string::npos);
        }
    }
    const LockFile again(path + "/lock");
}

BOOST_AUTO_TEST_SUITE_END()
