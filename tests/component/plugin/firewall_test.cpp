#include "host_fixture.h"

using namespace gatehouse;

namespace {

std::string throwing(const char* entry) { return std::string("throw_in: ") + entry + "\n"; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(firewall, HostFixture)

BOOST_AUTO_TEST_CASE(exceptions_in_configure_and_start_and_ready_fail_the_plugin_alone) {
    for (const char* entry : {"configure", "start", "ready"}) {
        start({{"fx-plain", throwing(entry)}, {"fx-other", ""}});
        BOOST_TEST(status("fx-other") == PluginStatus::kRunning);
        BOOST_TEST(soon([&] { return status("fx-plain") == PluginStatus::kFailed; }), entry);
        BOOST_TEST(state("fx-plain").reason == std::string(entry) + "() failed: thrown in " + entry);
        host.reset();
    }
}

BOOST_AUTO_TEST_CASE(an_exception_in_a_route_is_a_500_and_counted_with_plugin_and_entry_point) {
    start({{"fx-plain", throwing("route")}});
    BOOST_TEST(router.get("/fx-plain/act").status() == 500);
    BOOST_TEST(router.get("/fx-plain/number").status() == 200);
    BOOST_TEST(soon([&] { return state("fx-plain").exceptions == 1; }));
    BOOST_TEST(status("fx-plain") == PluginStatus::kRunning);
    BOOST_TEST(metrics.render().find("gatehouse_plugin_exceptions_total{entry=\"route\",plugin=\"fx-plain\"} 1") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(exceptions_in_timers_and_events_end_that_turn_only) {
    for (const char* entry : {"timer", "event"}) {
        start({{"fx-plain", throwing(entry)}});
        BOOST_TEST(router.get(std::string("/fx-plain/") + entry).status() == 200);
        BOOST_TEST(soon([&] { return state("fx-plain").exceptions == 1; }), entry);
        BOOST_TEST(router.get(std::string("/fx-plain/") + entry).status() == 200);
        BOOST_TEST(soon([&] { return state("fx-plain").exceptions == 2; }), entry);
        BOOST_TEST(status("fx-plain") == PluginStatus::kRunning);
        host.reset();
    }
}

BOOST_AUTO_TEST_CASE(an_exception_in_health_shows_as_failed_health) {
    start({{"fx-plain", throwing("health")}});
    BOOST_TEST(status("fx-plain") == PluginStatus::kRunning);
    BOOST_TEST(!state("fx-plain").well());
    BOOST_TEST(state("fx-plain").health.summary == "health() failed: thrown in health");
}

BOOST_AUTO_TEST_CASE(exceptions_in_quiesce_and_stop_do_not_keep_the_service_from_ending) {
    for (const char* entry : {"quiesce", "stop"}) {
        start({{"fx-plain", throwing(entry)}});
        host->quiesce();
        host->stop();
        BOOST_TEST(status("fx-plain") == PluginStatus::kStopped);
        BOOST_TEST(router.routes().empty());
        host.reset();
    }
}

BOOST_AUTO_TEST_CASE(what_a_plugin_leaves_registered_is_revoked_after_stop) {
    start({{"fx-plain", ""}});
    BOOST_TEST(router.routes().size() == 5u);
    apply({});
    BOOST_TEST(router.routes().empty());
    BOOST_TEST(host->states()->empty());
}

BOOST_AUTO_TEST_SUITE_END()
