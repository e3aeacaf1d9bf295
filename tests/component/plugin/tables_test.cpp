#include "host_fixture.h"

using namespace gatehouse;

BOOST_FIXTURE_TEST_SUITE(tables, HostFixture)

BOOST_AUTO_TEST_CASE(a_plugin_writes_its_own_table_and_is_kept_from_anothers) {
    start({{"fx-owner", ""}, {"fx-thief", ""}});
    BOOST_TEST(router.get("/fx-owner/own").text() == "written");
    BOOST_TEST(router.get("/fx-thief/own").text() == "written");
    const auto refused = router.get("/fx-thief/foreign");
    BOOST_TEST(refused.status() == 403, refused.text());
    BOOST_TEST(router.get("/fx-owner/count").text() == "1");
    BOOST_TEST(router.get("/fx-thief/count").text() == "1");
}

BOOST_AUTO_TEST_SUITE_END()
