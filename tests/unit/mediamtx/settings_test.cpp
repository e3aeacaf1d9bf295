#include "settings.h"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace gatehouse;
using namespace gatehouse::mediamtx;

namespace {

std::string text_of(const std::string& address) {
    const auto found = read_address(address);
    return found ? found->host().toString() + " port " + std::to_string(found->port()) : "refused";
}

// What is wrong with these settings, one line each.
std::string issues_of(const Settings& settings) {
    ConfigIssues issues;
    check_settings(settings, {}, issues);
    std::string all;
    for (const auto& issue : issues.all()) all += issue.message + '\n';
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mediamtx_settings)

BOOST_AUTO_TEST_CASE(addresses_of_both_families_are_read) {
    BOOST_TEST(text_of("127.0.0.1:9997") == "127.0.0.1 port 9997");
    BOOST_TEST(text_of("0.0.0.0:0") == "0.0.0.0 port 0");
    BOOST_TEST(text_of("[::1]:9997") == "::1 port 9997");
    BOOST_TEST(text_of("[::]:8554") == ":: port 8554");
    BOOST_TEST(text_of("[2001:db8::7]:65535") == "2001:db8::7 port 65535");
}

BOOST_AUTO_TEST_CASE(what_mediamtx_would_not_listen_on_is_refused) {
    for (const char* address : {"",
                                ":",
                                ":8554",
                                "::",
                                "::1",
                                "::1:9997",
                                "127.0.0.1",
                                "127.0.0.1:",
                                "127.0.0.1:65536",
                                "127.0.0.1:-1",
                                "127.0.0.1:+1",
                                "127.0.0.1: 1",
                                "127.0.0.1:80x",
                                "127.0.0.1:99999999999999999999",
                                "127.1:80",
                                "[]:80",
                                "[:80",
                                "]:80",
                                "[::1:80",
                                "::1]:80",
                                "[127.0.0.1]:80",
                                "[::1%lo]:80",
                                "[::1]80",
                                "localhost:80",
                                "256.0.0.1:80"})
        BOOST_TEST(text_of(address) == "refused", address);
    BOOST_TEST(text_of(std::string("127.0.0.1\0:80", 13)) == "refused");
}

BOOST_AUTO_TEST_CASE(the_defaults_are_good) { BOOST_TEST(issues_of({}).empty()); }

BOOST_AUTO_TEST_CASE(the_api_and_hls_stay_on_loopback_and_rtsp_need_not) {
    Settings settings;
    settings.api_address = "[::1]:9997";
    settings.hls_address = "[::1]:8888";
    settings.rtsp_address = "[::]:8554";
    BOOST_TEST(issues_of(settings) == "");
    settings.api_address = "[::]:9997";
    BOOST_TEST(issues_of(settings) ==
               "api_address must be a loopback address: whoever reaches it has MediaMTX in his hands\n");
}

BOOST_AUTO_TEST_CASE(port_0_is_for_a_child) {
    Settings settings;
    settings.hls_address = "[::1]:0";
    settings.run = Run::kChild;
    BOOST_TEST(issues_of(settings) == "");
    settings.run = Run::kService;
    BOOST_TEST(issues_of(settings) ==
               "hls_address needs a port: 0 is for run: child, where the gateway starts MediaMTX\n");
}

BOOST_AUTO_TEST_CASE(an_address_that_is_none_says_what_is_wanted) {
    Settings settings;
    settings.api_address = "::1";
    BOOST_TEST(issues_of(settings) ==
               "api_address takes an IP address and a port, as \"127.0.0.1:9997\" or \"[::1]:9997\"\n");
}

BOOST_AUTO_TEST_SUITE_END()
