#include "catalogue/master_key.h"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gatehouse/error.h>

#include "catalogue/random_id.h"

using namespace gatehouse;
using namespace gatehouse::catalogue;
namespace fs = std::filesystem;

namespace {

struct Folder {
    fs::path path = fs::temp_directory_path() / ("gatehouse-key-" + random_uuid());
    Folder() { fs::create_directories(path / "state"); }
    ~Folder() { fs::remove_all(path); }

    std::string file(const std::string& name, const std::string& content, mode_t mode = 0600) const {
        const std::string full = (path / name).string();
        std::ofstream(full, std::ios::binary) << content;
        BOOST_REQUIRE(::chmod(full.c_str(), mode) == 0);
        return full;
    }
    std::string failure(const MasterKeyPlaces& places) const {
        try {
            MasterKey::load(places);
        } catch (const Error& error) {
            BOOST_TEST((error.error_code() == ErrorCode::kUnavailable));
            return error.message();
        }
        return {};
    }
};

const std::string kHex = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

std::string raw() {
    std::string bytes;
    for (int i = 0; i < 32; ++i) bytes += static_cast<char>(i);
    return bytes;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(master_key, Folder)

BOOST_AUTO_TEST_CASE(hexadecimal_and_raw_forms_are_the_same_key) {
    const MasterKey hex = MasterKey::load({file("hex", kHex), {}, {}});
    BOOST_TEST(hex.id() == MasterKey::load({file("hex_line", kHex + "\n"), {}, {}}).id());
    BOOST_TEST(hex.id() == MasterKey::load({file("hex_crlf", kHex + "\r\n"), {}, {}}).id());
    BOOST_TEST(hex.id() == MasterKey::load({file("raw", raw()), {}, {}}).id());
    BOOST_TEST(std::to_integer<int>(hex.bytes()[31]) == 31);
    BOOST_TEST(!hex.created());
}

BOOST_AUTO_TEST_CASE(other_contents_are_refused_without_being_shown) {
    for (const std::string& content : std::vector<std::string>{
             "", kHex.substr(2), kHex + "00", kHex.substr(0, 63) + "g", "hunter2", std::string(4096, 'a')}) {
        const auto text = failure({file("bad", content), {}, {}});
        BOOST_TEST(text.find("32 bytes") != std::string::npos);
        BOOST_TEST(text.find("hunter2") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_others_may_read_is_refused) {
    for (const mode_t mode : {0640u, 0604u, 0644u, 0660u, 0610u})
        BOOST_TEST(failure({file("open", kHex, mode), {}, {}}).find("chmod 0600") != std::string::npos, mode);
    BOOST_TEST(failure({file("closed", kHex, 0400), {}, {}}).empty());
}

BOOST_AUTO_TEST_CASE(a_file_of_somebody_else_is_refused, *boost::unit_test::precondition([](auto) {
                         return boost::test_tools::assertion_result(::geteuid() == 0);
                     })) {
    const auto foreign = file("foreign", kHex);
    BOOST_REQUIRE(::chown(foreign.c_str(), 65534, 65534) == 0);
    BOOST_TEST(failure({foreign, {}, {}}).find("belongs to user id 65534") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_directory_is_no_key) {
    BOOST_TEST(failure({(path / "state").string(), {}, {}}).find("regular file") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_missing_key_outside_the_state_directory_tells_how_to_make_one) {
    const auto text = failure({(path / "keys/master.key").string(), (path / "state").string(), {}});
    BOOST_TEST(text.find("openssl rand -hex 32 > " + (path / "keys/master.key").string()) != std::string::npos);
    BOOST_TEST(!fs::exists(path / "keys/master.key"));
}

BOOST_AUTO_TEST_CASE(a_path_that_climbs_out_of_the_state_directory_is_outside) {
    BOOST_TEST(!failure({(path / "state/../other.key").string(), (path / "state").string(), {}}).empty());
    BOOST_TEST(!fs::exists(path / "other.key"));
    BOOST_TEST(!failure({path.string() + "/state2.key", (path / "state").string(), {}}).empty());
}

BOOST_AUTO_TEST_CASE(inside_the_state_directory_a_key_is_made_once) {
    const MasterKeyPlaces places{(path / "state/master.key").string(), (path / "state").string(), {}};
    const MasterKey made = MasterKey::load(places);
    BOOST_TEST(made.created());
    struct stat info {};
    BOOST_REQUIRE(::stat(places.file.c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 07777) == 0600u);
    const MasterKey again = MasterKey::load(places);
    BOOST_TEST(!again.created());
    BOOST_TEST(again.id() == made.id());
}

BOOST_AUTO_TEST_CASE(the_credential_of_systemd_comes_first) {
    fs::create_directories(path / "credentials");
    file("credentials/master.key", raw(), 0440);
    const MasterKey key = MasterKey::load({file("other", std::string(64, 'a')), {}, (path / "credentials").string()});
    BOOST_TEST(std::to_integer<int>(key.bytes()[31]) == 31);
    BOOST_TEST(key.origin() == (path / "credentials/master.key").string());
}

BOOST_AUTO_TEST_CASE(a_credentials_directory_without_our_key_falls_back_to_the_file) {
    fs::create_directories(path / "credentials");
    const MasterKey key = MasterKey::load({file("key", kHex), {}, (path / "credentials").string()});
    BOOST_TEST(std::to_integer<int>(key.bytes()[31]) == 31);
}

BOOST_AUTO_TEST_SUITE_END()
