#define BOOST_TEST_MODULE state_webhook
#include <boost/test/unit_test.hpp>

#include <gatehouse/error.h>
#include <gatehouse/testing/config_node.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "back_off.h"
#include "secret_file.h"
#include "settings.h"

using namespace std::chrono_literals;
using namespace state_webhook;
using gatehouse::testing::config_map;
using gatehouse::testing::config_text;

namespace {

std::string problem_with(const std::string& key, const std::string& value) {
    std::vector<std::pair<std::string, gatehouse::ConfigNode>> entries = {{key, config_text(value)}};
    if (key != "url") entries.emplace_back("url", config_text("http://127.0.0.1/"));
    gatehouse::ConfigIssues issues;
    read_settings(config_map(entries), issues);
    return issues.empty() ? "" : issues.all().front().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(settings)

BOOST_AUTO_TEST_CASE(what_cannot_be_posted_to_is_refused) {
    BOOST_TEST(problem_with("url", "http://127.0.0.1:8080/cameras?token=x").empty());
    BOOST_TEST(problem_with("url", "http://[::1]:8080/").empty());
    for (const char* url : {"", "127.0.0.1", "ftp://host/", "https://host/", "http:///path", "http://user:word@host/",
                            "http://host/a b", "http://host:0/", "http://host:99999/"})
        BOOST_TEST(!problem_with("url", url).empty(), url);
}

BOOST_AUTO_TEST_CASE(a_secret_has_a_header_field_of_its_own) {
    BOOST_TEST(problem_with("secret_header", "Authorization").empty());
    for (const char* name : {"Content-Length", "host", "a b", "a:b"})
        BOOST_TEST(!problem_with("secret_header", name).empty(), name);
    BOOST_TEST(!problem_with("secret_file", "relative").empty());
}

BOOST_AUTO_TEST_CASE(bounds_hold) {
    BOOST_TEST(!problem_with("queue", "1").empty());
    BOOST_TEST(!problem_with("attempts", "0").empty());
    BOOST_TEST(!problem_with("timeout", "2h").empty());
    BOOST_TEST(!problem_with("retry_longest", "500ms").empty());
    BOOST_TEST(!problem_with("tiemout", "5s").empty());
}

BOOST_AUTO_TEST_CASE(a_url_without_a_path_means_the_root) {
    std::string problem;
    const auto target = parse_target("http://receiver.example", problem);
    BOOST_REQUIRE(target.has_value());
    BOOST_TEST(target->host == "receiver.example");
    BOOST_TEST(target->port == 80);
    BOOST_TEST(target->path_and_query == "/");
    BOOST_TEST(parse_target("http://receiver.example?a=b", problem)->path_and_query == "/?a=b");
}

BOOST_AUTO_TEST_CASE(pauses_grow_and_end_at_the_longest) {
    BOOST_TEST(back_off(1, 1s, 60s, 1.0).count() == 1'000);
    BOOST_TEST(back_off(3, 1s, 60s, 1.0).count() == 4'000);
    BOOST_TEST(back_off(3, 1s, 60s, 0.0).count() == 2'000);
    BOOST_TEST(back_off(1'000'000, 1s, 60s, 1.0).count() == 60'000);
}

BOOST_AUTO_TEST_CASE(a_secret_is_one_line_that_not_everybody_can_read) {
    char pattern[] = "/tmp/state-webhook-XXXXXX";
    const std::filesystem::path directory = ::mkdtemp(pattern);
    const std::string path = directory / "secret";
    const auto write = [&](const std::string& content, mode_t mode) {
        std::ofstream(path, std::ios::binary) << content;
        ::chmod(path.c_str(), mode);
    };
    BOOST_CHECK_THROW(read_secret(path), gatehouse::Error);
    write("s3cret\n", 0640);
    BOOST_TEST(read_secret(path) == "s3cret");
    write("s3cret\n", 0644);
    BOOST_CHECK_THROW(read_secret(path), gatehouse::Error);
    for (const auto& content :
         {std::string(), std::string("two\nlines\n"), std::string(1025, 'x'), std::string("a\r\nX: y")}) {
        write(content, 0600);
        BOOST_CHECK_THROW(read_secret(path), gatehouse::Error);
    }
    std::filesystem::remove_all(directory);
}

BOOST_AUTO_TEST_SUITE_END()
