#include "host_fixture.h"

using namespace gatehouse;

BOOST_FIXTURE_TEST_SUITE(reload, HostFixture)

BOOST_AUTO_TEST_CASE(a_plugin_whose_section_did_not_change_is_left_alone) {
    start({{"fx-plain", noting() + "number: 1\n"}});
    apply({{"fx-plain", "# moved\n\n" + noting() + "number: 1\n"}});
    BOOST_TEST(notes().find("fx-plain:reload") == std::string::npos);
    BOOST_TEST(notes().find("fx-plain:stop") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_new_file_of_a_running_plugin_is_named_and_takes_a_restart) {
    options.loader.directory = file("plugins");
    std::filesystem::create_directory(file("plugins"));
    std::filesystem::copy_file(FIXTURES "/fx-plain.so", file("plugins/fx-plain.so"));
    start({{"fx-plain", ""}});
    BOOST_TEST(apply({{"fx-plain", ""}}).empty());
    std::filesystem::copy_file(FIXTURES "/fx-plain.so", file("plugins/newer"));
    std::filesystem::rename(file("plugins/newer"), file("plugins/fx-plain.so"));
    BOOST_TEST(apply({{"fx-plain", ""}}) ==
                   std::vector<std::string>{
                       "plugin fx-plain has a new file, which is loaded when the service is started again"},
               boost::test_tools::per_element());
    BOOST_TEST(status("fx-plain") == PluginStatus::kRunning);
}

BOOST_AUTO_TEST_CASE(a_hot_change_reaches_the_running_plugin) {
    start({{"fx-plain", "number: 1\n"}});
    const auto since = state("fx-plain").since;
    const auto done = apply({{"fx-plain", "number: 2\n"}});
    BOOST_TEST(router.get("/fx-plain/number").text() == "2");
    BOOST_TEST((state("fx-plain").since == since));
    BOOST_REQUIRE(done.size() == 1u);
    BOOST_TEST(done[0] == "plugin fx-plain has taken its new configuration");
}

BOOST_AUTO_TEST_CASE(a_cold_change_restarts_the_plugin_with_its_dependents) {
    start({{"fx-provider", noting() + "number: 1\n"}, {"fx-user", noting()}, {"fx-plain", noting()}});
    apply({{"fx-provider", noting() + "number: 2\ncold: true\n"}, {"fx-user", noting()}, {"fx-plain", noting()}});
    BOOST_TEST(router.get("/fx-provider/number").text() == "2");
    BOOST_TEST(notes().ends_with("fx-user:stop\nfx-user:destroy\nfx-provider:stop\nfx-provider:destroy\n"
                                 "fx-provider:start\nfx-provider:ready\nfx-user:start\nfx-user:ready\n"),
               notes());
    BOOST_TEST(notes().find("fx-plain:stop") == std::string::npos);
    BOOST_TEST(status("fx-user") == PluginStatus::kRunning);
}

BOOST_AUTO_TEST_CASE(a_reload_that_throws_is_a_restart) {
    start({{"fx-plain", "throw_in: reload\nnumber: 1\n"}});
    apply({{"fx-plain", "number: 3\n"}});
    BOOST_TEST(status("fx-plain") == PluginStatus::kRunning);
    BOOST_TEST(router.get("/fx-plain/number").text() == "3");
}

BOOST_AUTO_TEST_CASE(a_refused_configuration_touches_nothing) {
    start({{"fx-plain", noting() + "number: 1\n"}});
    BOOST_TEST(prepare_problems({{"fx-plain", noting() + "number: 99\n"}}) != "");
    BOOST_TEST(prepare_problems({{"fx-plain", noting() + "throw_in: configure\n"}}) ==
               "fx-plain.yaml:1:1: plugin fx-plain: configure() failed: thrown in configure\n");
    BOOST_TEST(router.get("/fx-plain/number").text() == "1");
    BOOST_TEST(notes().find("fx-plain:stop") == std::string::npos);
    BOOST_TEST(status("fx-plain") == PluginStatus::kRunning);
}

BOOST_AUTO_TEST_CASE(plugins_come_and_go_by_their_line_in_the_yaml) {
    options.known_prefixes = {{"fx-plain", {"/fx-plain/"}}, {"fx-user", {"/fx-user/"}}};
    start({{"fx-provider", ""}, {"fx-user", ""}});
    BOOST_TEST(placeholder("/fx-plain/") == 404);
    apply({{"fx-user", ""}, {"fx-plain", ""}});
    BOOST_TEST(status("fx-plain") == PluginStatus::kRunning);
    BOOST_TEST(placeholder("/fx-plain/") == 0);
    BOOST_TEST(status("fx-user") == PluginStatus::kBlocked);
    BOOST_TEST(placeholder("/fx-user/") == 503);
    apply({{"fx-user", ""}, {"fx-provider", ""}});
    BOOST_TEST(status("fx-user") == PluginStatus::kRunning);
    BOOST_TEST(placeholder("/fx-plain/") == 404);
}

BOOST_AUTO_TEST_CASE(a_failed_plugin_is_tried_at_once_after_a_reload) {
    options.backoff = {1h, 1h};
    touch("obstacle");
    start({{"fx-plain", "fail_while: " + file("obstacle") + "\n"}});
    BOOST_TEST(status("fx-plain") == PluginStatus::kFailed);
    std::filesystem::remove(file("obstacle"));
    apply({{"fx-plain", "fail_while: " + file("obstacle") + "\n"}});
    BOOST_TEST(status("fx-plain") == PluginStatus::kRunning);
}

BOOST_AUTO_TEST_SUITE_END()
