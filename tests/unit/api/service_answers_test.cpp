#include "api/contract/service_answers.h"

#include <boost/test/unit_test.hpp>

#include "api/contract/json_fields.h"

using namespace gatehouse;
using namespace gatehouse::api::contract;

BOOST_AUTO_TEST_SUITE(service_answers)

BOOST_AUTO_TEST_CASE(hit_rate_is_a_text_with_two_decimals) {
    BOOST_TEST(hit_rate(0, 0) == "0%");
    BOOST_TEST(hit_rate(0, 3) == "0.00%");
    BOOST_TEST(hit_rate(3, 4) == "42.86%");
    BOOST_TEST(hit_rate(9567, 433) == "95.67%");
    BOOST_TEST(hit_rate(1, 999) == "0.10%");
    BOOST_TEST(hit_rate(5, 0) == "100.00%");
    BOOST_TEST(hit_rate(1, 18) == "5.26%");
}

BOOST_AUTO_TEST_CASE(health_has_the_documented_fields) {
    const UtcTime now{1'771'500'000'123'456};
    const auto local = local_time(now, "Asia/Jakarta", 7 * 3600, "WIB");
    BOOST_TEST(
        text_of(health(false, now, local, {.rate_limiting = true})) ==
        R"j({"status":"ok","timestamp":"2026-02-19T11:20:00.123Z","timestampLocal":"2026-02-19T18:20:00.123+07:00",)j"
        R"j("timezone":"Asia/Jakarta (WIB, UTC+7)","security":{"rateLimiting":true,"apiKeyValidation":false,)j"
        R"j("csrfProtection":false,"securityHeaders":false}})j");
    BOOST_TEST(health(true, now, local, {})->getValue<std::string>("status") == "degraded");
}

BOOST_AUTO_TEST_CASE(zones_with_half_hours_and_west_of_greenwich_are_right) {
    const UtcTime now{1'771'500'000'000'000};
    BOOST_TEST(local_time(now, "Asia/Kolkata", 19800, "IST").zone == "Asia/Kolkata (IST, UTC+5:30)");
    BOOST_TEST(local_time(now, "Asia/Kolkata", 19800, "IST").timestamp == "2026-02-19T16:50:00.000+05:30");
    BOOST_TEST(local_time(now, "America/St_Johns", -12600, "NST").zone == "America/St_Johns (NST, UTC-3:30)");
    BOOST_TEST(local_time(now, "America/St_Johns", -12600, "NST").timestamp == "2026-02-19T07:50:00.000-03:30");
    BOOST_TEST(local_time(now, "Etc/UTC", 0, "UTC").zone == "Etc/UTC (UTC, UTC+0)");
}

BOOST_AUTO_TEST_CASE(cache_statistics_carry_the_documented_names_first) {
    CacheStats stats;
    stats.hits = 3;
    stats.misses = 4;
    stats.entries = 2;
    const std::string text = text_of(cache_stats(stats, {{"http", {}, stats}}, {"http:/api/cameras/active"}));
    BOOST_TEST(text.starts_with(
        R"({"hits":3,"misses":4,"sets":0,"deletes":0,"invalidations":0,"hitRate":"42.86%","size":2,)"));
    BOOST_TEST(text.find(R"("keys":["http:/api/cameras/active"])") != std::string::npos);
    BOOST_TEST(text.find(R"("caches":[{"name":"http","hits":3)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(database_statistics_carry_the_originals_names_and_the_slowest_labels) {
    db::DbStats stats;
    stats.read_hits = 99;
    stats.read_misses = 1;
    for (int i = 0; i < 30; ++i) stats.labels["label" + std::to_string(i)] = {1, 0, 0, i * 1000, i * 1000};
    const auto shown = db_stats(stats);
    BOOST_TEST(shown->getValue<std::string>("hitRate") == "99%");
    BOOST_TEST(shown->getValue<int>("busyErrors") == 0);
    BOOST_TEST(shown->getArray("labels")->size() == 10u);
    BOOST_TEST(shown->getArray("labels")->getObject(0)->getValue<std::string>("label") == "label29");
}

BOOST_AUTO_TEST_SUITE_END()
