#include "host_fixture.h"

using namespace gatehouse;

BOOST_FIXTURE_TEST_SUITE(life_cycle, HostFixture)

BOOST_AUTO_TEST_CASE(plugins_start_in_dependency_order_and_stop_in_reverse) {
    start({{"fx-user", noting()}, {"fx-provider", noting()}});
    host->quiesce();
    host->stop();
    BOOST_TEST(
        notes() ==
        "fx-provider:start\nfx-user:start\nfx-provider:ready\nfx-user:ready\n"
        "fx-user:quiesce\nfx-provider:quiesce\nfx-user:stop\nfx-user:destroy\nfx-provider:stop\nfx-provider:destroy\n");
    BOOST_TEST(router.routes().empty());
}

// The writer is busy with somebody else's write until the plugin has long returned from stop().
BOOST_AUTO_TEST_CASE(what_a_plugin_has_left_to_write_is_written_before_it_goes) {
    options.stop_deadline = 10s;
    start({{"fx-plain", noting() + "write_in_stop: true\n"}});
    const auto other = database.open_for({"other", "", {}});
    auto busy = other->write("test.busy", Durability::kNormal, [&](WriteTx&) {
        if (soon([&] { return notes().find("stop") != std::string::npos; })) std::this_thread::sleep_for(50ms);
    });
    host->stop();
    busy.get();
    BOOST_TEST(notes() ==
               "fx-plain:start\nfx-plain:ready\nfx-plain:stop\nfx-plain:write\nfx-plain:written\nfx-plain:destroy\n");
}

BOOST_AUTO_TEST_CASE(all_problems_of_all_plugins_are_collected_before_anything_starts) {
    make_host();
    BOOST_TEST(prepare_problems({{"fx-plain", noting() + "number: 99\n"}, {"fx-other", noting() + "nmber: 1\n"}}) ==
               "fx-plain.yaml:2:9: '99' is out of bounds; allowed is 0 to 9\n"
               "fx-other.yaml:2:1: unknown key 'nmber' in fx-other; did you mean 'number'?\n");
    BOOST_TEST(notes().find("start") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_missing_and_a_cyclic_dependency_are_named_with_their_chain) {
    start({{"fx-user", ""}, {"fx-cycle-a", ""}, {"fx-cycle-b", ""}, {"fx-plain", ""}});
    BOOST_TEST(status("fx-plain") == PluginStatus::kRunning);
    BOOST_TEST(status("fx-user") == PluginStatus::kBlocked);
    BOOST_TEST(state("fx-user").reason == "fx-user requires fx/1, which no loaded plugin provides");
    BOOST_TEST(status("fx-cycle-a") == PluginStatus::kBlocked);
    BOOST_TEST(state("fx-cycle-b").reason.find("a cycle: fx-cycle-a -> fx-cycle-b -> fx-cycle-a") != std::string::npos);
    BOOST_TEST(placeholder("/fx-user/") == 503);
}

BOOST_AUTO_TEST_CASE(a_start_that_hangs_holds_up_nobody_and_is_not_tried_again) {
    const auto begun = std::chrono::steady_clock::now();
    start({{"fx-provider", "hang_in: start\nhang_until: " + file("end") + "\n"}, {"fx-user", ""}, {"fx-plain", ""}});
    BOOST_TEST((std::chrono::steady_clock::now() - begun < 5s));
    BOOST_TEST(status("fx-plain") == PluginStatus::kRunning);
    BOOST_TEST(status("fx-provider") == PluginStatus::kHung);
    BOOST_TEST(state("fx-provider").reason.find("start() did not return within 300 ms") != std::string::npos);
    BOOST_TEST(state("fx-provider").reason.find("not started again in this process") != std::string::npos);
    BOOST_TEST(status("fx-user") == PluginStatus::kBlocked);
    BOOST_TEST(host->has_hung_threads());
    BOOST_TEST(router.get("/fx-provider/number").status() == 503);  // what it had registered is shut
    apply({{"fx-provider", ""}, {"fx-plain", ""}});
    BOOST_TEST(status("fx-provider") == PluginStatus::kHung);
}

BOOST_AUTO_TEST_CASE(a_stop_and_a_health_that_hang_are_left_behind) {
    const std::string until = "hang_until: " + file("end") + "\n";
    start({{"fx-plain", "hang_in: stop\n" + until}, {"fx-other", "hang_in: health\n" + until}});
    BOOST_TEST(soon([&] { return status("fx-other") == PluginStatus::kHung; }));
    host->stop();
    BOOST_TEST(status("fx-plain") == PluginStatus::kHung);
}

BOOST_AUTO_TEST_CASE(a_plugin_that_cannot_start_is_tried_again_until_it_can) {
    touch("obstacle");
    start({{"fx-plain", "fail_while: " + file("obstacle") + "\n"}, {"fx-other", ""}});
    BOOST_TEST(status("fx-other") == PluginStatus::kRunning);
    BOOST_TEST(soon([&] { return state("fx-plain").restarts >= 3; }));
    BOOST_TEST(state("fx-plain").reason == "start() failed: the file is still there");
    BOOST_TEST(placeholder("/fx-plain/") == 503);
    std::filesystem::remove(file("obstacle"));
    BOOST_TEST(soon([&] { return status("fx-plain") == PluginStatus::kRunning; }));
    BOOST_TEST(placeholder("/fx-plain/") == 0);
    BOOST_TEST(router.get("/fx-plain/act").text() == "calm");
}

BOOST_AUTO_TEST_CASE(dependents_wait_for_a_failed_provider_and_come_back_with_it) {
    start({{"fx-provider", noting() + "report: worn out\n"}, {"fx-user", noting()}});
    BOOST_TEST(router.get("/fx-provider/report").status() == 200);
    const std::string round =
        "fx-user:stop\nfx-user:destroy\nfx-provider:stop\nfx-provider:destroy\n"
        "fx-provider:start\nfx-provider:ready\nfx-user:start\nfx-user:ready\n";
    BOOST_TEST(soon([&] { return notes().ends_with(round); }), notes());
    BOOST_TEST(soon([&] { return status("fx-user") == PluginStatus::kRunning; }));
    BOOST_TEST(state("fx-provider").restarts == 1u);
}

BOOST_AUTO_TEST_CASE(a_plugin_that_does_not_provide_what_it_promises_has_failed) {
    start({{"fx-liar", ""}});
    BOOST_TEST(soon([&] { return status("fx-liar") == PluginStatus::kFailed; }));
    BOOST_TEST(state("fx-liar").reason.find("start() returned without providing lie/1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_critical_plugin_that_does_not_run_ends_the_service) {
    make_host();
    auto wanted = wishes({{"fx-gone", ""}, {"fx-plain", ""}});
    wanted[0].critical = wanted[1].critical = true;
    ConfigIssues issues;
    host->apply(host->prepare(wanted, issues));
    const std::lock_guard lock(mutex);
    BOOST_TEST(critical == std::vector<std::string>{"fx-gone"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_name_that_was_mistyped_in_a_reload_is_refused_and_ends_nothing) {
    start({{"fx-plain", ""}});
    ConfigIssues issues;
    const auto prepared = host->prepare(wishes({{"fx-plian", ""}}), issues);
    BOOST_REQUIRE(issues.all().size() == 1u);
    BOOST_TEST(issues.all()[0].message.find("plugin fx-plian: there is no file") != std::string::npos,
               issues.all()[0].message);
    BOOST_TEST(status("fx-plain") == PluginStatus::kRunning);
    // What could not run from the start on keeps nobody from a reload.
    apply({{"fx-plain", ""}, {"fx-other", ""}});
    ConfigIssues none;
    (void)host->prepare(wishes({{"fx-plain", ""}, {"fx-other", ""}}), none);
    BOOST_TEST(none.empty());
}

BOOST_AUTO_TEST_CASE(in_a_hurry_a_call_that_hangs_is_not_waited_for) {
    options.stop_deadline = 60s;
    options.hurried_deadline = 50ms;
    start({{"fx-plain", "hang_in: stop\nhang_until: " + file("end") + "\n"}});
    std::thread impatient([&] {
        std::this_thread::sleep_for(20ms);
        host->hurry();
    });
    host->stop();
    impatient.join();
    BOOST_TEST(status("fx-plain") == PluginStatus::kHung);
}

BOOST_AUTO_TEST_SUITE_END()
