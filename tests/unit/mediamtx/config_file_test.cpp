#include <sys/stat.h>
#include <unistd.h>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <gatehouse/error.h>

#include "config_file.h"
#include "hook_certificate.h"
#include "kept_secrets.h"

using namespace gatehouse;
using namespace gatehouse::mediamtx;
namespace fs = std::filesystem;

namespace {

struct Directory {
    Directory() {
        char name[] = "/tmp/gh-mtx-XXXXXX";
        path = ::mkdtemp(name);
    }
    ~Directory() { fs::remove_all(path); }
    std::string path;
};

void overwrite(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::trunc) << text; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(config_file, Directory)

BOOST_AUTO_TEST_CASE(a_written_file_holds_its_text_with_mode_0640_and_nothing_is_left_beside_it) {
    ConfigFile file(path + "/made", "mediamtx.yml");
    file.write("one\n", MonotonicTime{});
    BOOST_TEST(file.holds("one\n"));
    BOOST_TEST(!file.holds("two\n"));
    struct stat s {};
    BOOST_REQUIRE(::stat(file.path().c_str(), &s) == 0);
    BOOST_TEST((s.st_mode & 0777U) == 0640U);
    BOOST_TEST(std::distance(fs::directory_iterator(path + "/made"), fs::directory_iterator()) == 1);
}

BOOST_AUTO_TEST_CASE(an_edit_of_the_same_length_and_a_removal_are_noticed) {
    ConfigFile file(path, "mediamtx.yml");
    file.write("one\n", MonotonicTime{});
    overwrite(file.path(), "two\n");
    BOOST_TEST(!file.holds("one\n"));
    file.write("one\n", MonotonicTime{});
    fs::remove(file.path());
    BOOST_TEST(!file.holds("one\n"));
}

BOOST_AUTO_TEST_CASE(a_file_of_an_earlier_life_that_is_right_is_taken_as_it_is) {
    overwrite(path + "/mediamtx.yml", "one\n");
    ConfigFile file(path, "mediamtx.yml");
    BOOST_TEST(file.holds("one\n"));
}

BOOST_AUTO_TEST_CASE(a_write_that_fails_leaves_nothing_beside_the_file) {
    ConfigFile file(path, "mediamtx.yml");
    fs::create_directories(file.path() + "/in_its_place");
    BOOST_CHECK_THROW(file.write("one\n", MonotonicTime{}), Error);
    BOOST_TEST(!fs::exists(file.path() + ".new"));
}

BOOST_AUTO_TEST_CASE(writes_keep_their_distance) {
    ConfigFile file(path, "mediamtx.yml");
    const MonotonicTime now = MonotonicTime{} + std::chrono::seconds(100);
    file.write("one\n", now);
    BOOST_TEST((file.writable_at() - now == kRenameDistance));
}

BOOST_AUTO_TEST_CASE(a_link_in_the_place_of_the_temporary_file_is_not_followed) {
    overwrite(path + "/victim", "mine");
    fs::create_symlink(path + "/victim", path + "/mediamtx.yml.new");
    ConfigFile(path, "mediamtx.yml").write("one\n", MonotonicTime{});
    std::ifstream in(path + "/victim");
    std::string text;
    in >> text;
    BOOST_TEST(text == "mine");
}

BOOST_AUTO_TEST_CASE(secrets_are_kept_and_new_where_the_file_is_missing_damaged_or_open_to_others) {
    const std::string file = path + "/secrets";
    KeptSecrets kept = load_secrets(file);
    BOOST_TEST(kept.cdn.size() == 40u);
    BOOST_TEST((std::set<std::string>{kept.cdn, kept.reader, kept.hook, kept.api}.size() == 4u));
    kept.hook_port = 4711;
    save_secrets(file, kept);
    BOOST_TEST((load_secrets(file) == kept));
    ::chmod(file.c_str(), 0644);
    BOOST_TEST(!(load_secrets(file) == kept));
    save_secrets(file, kept);
    overwrite(file, "gatehouse-mediamtx-3 short short short short 1");
    BOOST_TEST(load_secrets(file).cdn.size() == 40u);
    const auto good = kept;
    kept.certificate.resize(kept.certificate.size() / 2);
    save_secrets(file, kept);
    BOOST_TEST(load_secrets(file).cdn != good.cdn);
    BOOST_TEST(fingerprint_of(load_secrets(file).certificate).has_value());
}

BOOST_AUTO_TEST_CASE(a_certificate_has_one_fingerprint_and_no_other_certificate_has_it) {
    const std::string one = make_hook_certificate(), other = make_hook_certificate();
    BOOST_TEST(fingerprint_of(one).value().size() == 64u);
    BOOST_TEST((fingerprint_of(one) == fingerprint_of(one)));
    BOOST_TEST((fingerprint_of(one) != fingerprint_of(other)));
    const auto certificate_at = one.find("-----BEGIN CERTIFICATE");
    BOOST_TEST(!fingerprint_of(""));
    BOOST_TEST(!fingerprint_of("nonsense"));
    BOOST_TEST(!fingerprint_of(one.substr(0, certificate_at)));
    BOOST_TEST(!fingerprint_of(one.substr(certificate_at)));
    BOOST_TEST(!fingerprint_of(one.substr(0, certificate_at) + other.substr(other.find("-----BEGIN CERTIFICATE"))));
}

BOOST_AUTO_TEST_SUITE_END()
