#define BOOST_TEST_MODULE plugin_host
#include "host_fixture.h"

#include <sys/stat.h>

using namespace gatehouse;

BOOST_FIXTURE_TEST_SUITE(loading, HostFixture)

BOOST_AUTO_TEST_CASE(a_good_plugin_runs_and_tells_what_it_is) {
    start({{"fx-plain", "number: 7\n"}});
    const auto plain = state("fx-plain");
    BOOST_TEST(plain.status == PluginStatus::kRunning);
    BOOST_TEST(plain.version == "1.2.3");
    BOOST_TEST(router.get("/fx-plain/number").text() == "7");
    BOOST_TEST(plain.well());
    BOOST_TEST(plain.health.details == "{\"number\":7}");
    BOOST_TEST(placeholder("/fx-plain/") == 0);
}

BOOST_AUTO_TEST_CASE(what_is_no_acceptable_plugin_is_refused_with_its_reason_and_the_rest_runs) {
    start({{"fx-nosymbol", ""}, {"fx-abi", ""}, {"fx-lazy", ""}, {"fx-gone", ""}, {"fx-plain", ""}});
    BOOST_TEST(status("fx-plain") == PluginStatus::kRunning);
    const std::map<std::string, std::string> reasons = {{"fx-nosymbol", "does not export gatehouse_plugin_descriptor"},
                                                        {"fx-abi", "built for plugin ABI 2.0, this host has 1.3"},
                                                        {"fx-lazy", "not linked with -z now (DF_1_NOW)"},
                                                        {"fx-gone", "there is no file"}};
    for (const auto& [name, reason] : reasons) {
        BOOST_TEST(status(name) == PluginStatus::kRefused);
        BOOST_TEST(state(name).reason.find(reason) != std::string::npos, state(name).reason);
    }
}

BOOST_AUTO_TEST_CASE(files_that_are_no_elf_or_cut_off_are_refused_without_being_loaded) {
    options.loader.directory = file("plugins");
    std::filesystem::create_directory(file("plugins"));
    touch("plugins/fx-text.so");
    std::filesystem::copy_file(FIXTURES "/fx-plain.so", file("plugins/fx-cut.so"));
    std::filesystem::resize_file(file("plugins/fx-cut.so"), 100);
    std::filesystem::copy_file(FIXTURES "/fx-plain.so", file("plugins/fx-renamed.so"));
    std::filesystem::create_symlink(FIXTURES "/fx-plain.so", file("plugins/fx-link.so"));
    start({{"fx-text", ""}, {"fx-cut", ""}, {"fx-renamed", ""}, {"fx-link", ""}});
    BOOST_TEST(state("fx-text").reason.find("too short") != std::string::npos);
    BOOST_TEST(state("fx-cut").reason.find("program headers are damaged") != std::string::npos);
    BOOST_TEST(state("fx-renamed").reason == "it calls itself 'fx-plain', which is not its file's name");
    BOOST_TEST(state("fx-link").reason.find("not a regular file") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_place_where_others_can_write_is_not_trusted) {
    options.loader.directory = file("plugins");
    std::filesystem::create_directory(file("plugins"));
    std::filesystem::copy_file(FIXTURES "/fx-plain.so", file("plugins/fx-plain.so"));
    BOOST_REQUIRE(::chmod(file("plugins").c_str(), 0777) == 0);
    start({{"fx-plain", ""}});
    BOOST_TEST(status("fx-plain") == PluginStatus::kRefused);
    BOOST_TEST(state("fx-plain").reason.find("everybody can write to it") != std::string::npos);
    BOOST_REQUIRE(::chmod(file("plugins").c_str(), 0755) == 0);
    BOOST_REQUIRE(::chmod(file("plugins/fx-plain.so").c_str(), 0646) == 0);
    apply({{"fx-plain", ""}});
    BOOST_TEST(status("fx-plain") == PluginStatus::kRefused);
    BOOST_REQUIRE(::chmod(file("plugins/fx-plain.so").c_str(), 0644) == 0);
    apply({{"fx-plain", ""}});
    BOOST_TEST(status("fx-plain") == PluginStatus::kRunning);
}

BOOST_AUTO_TEST_CASE(two_plugins_with_a_class_of_the_same_name_run_each_their_own) {
    start({{"fx-same-a", ""}, {"fx-same-b", ""}});
    BOOST_TEST(router.get("/fx-same-a/answer").text() == "a1");
    BOOST_TEST(router.get("/fx-same-b/answer").text() == "b1");
    BOOST_TEST(router.get("/fx-same-a/answer").text() == "a2");
}

BOOST_AUTO_TEST_CASE(a_quarantined_plugin_is_not_even_loaded) {
    const auto identity = plugin::Quarantine::identity_of(FIXTURES "/fx-plain.so");
    for (int i = 0; i < 3; ++i) quarantine.record_death("fx-plain", "route x", identity, clock.utc_now());
    start({{"fx-plain", ""}, {"fx-other", ""}});
    BOOST_TEST(status("fx-plain") == PluginStatus::kQuarantined);
    BOOST_TEST(state("fx-plain").reason.find("the process died repeatedly in its route x") != std::string::npos);
    BOOST_TEST(status("fx-other") == PluginStatus::kRunning);
}

BOOST_AUTO_TEST_CASE(functions_that_are_refused_or_not_enabled_are_known_by_their_prefix) {
    options.known_prefixes = {{"fx-gone", {"/gone/"}}, {"fx-absent", {"/absent/"}}};
    start({{"fx-gone", ""}});
    BOOST_TEST(placeholder("/gone/") == 503);
    BOOST_TEST(placeholder("/absent/") == 404);
}

BOOST_AUTO_TEST_SUITE_END()
