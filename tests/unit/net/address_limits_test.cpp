#include <boost/test/unit_test.hpp>

#include "net/address_limits.h"

using namespace gatehouse::net;
using std::chrono::milliseconds;

namespace {

IpAddress ip(const char* text) { return parse_ip(text).value(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(connection_counts)

BOOST_AUTO_TEST_CASE(an_address_has_no_more_than_its_share_until_it_gives_one_back) {
    ConnectionCounts counts(2);
    BOOST_TEST(counts.take(ip("192.0.2.1")));
    BOOST_TEST(counts.take(ip("192.0.2.1")));
    BOOST_TEST(!counts.take(ip("192.0.2.1")));
    BOOST_TEST(counts.take(ip("192.0.2.2")));
    counts.give_back(ip("192.0.2.1"));
    BOOST_TEST(counts.take(ip("192.0.2.1")));
}

BOOST_AUTO_TEST_CASE(ipv6_clients_share_by_their_first_64_bits) {
    ConnectionCounts counts(1);
    BOOST_TEST(counts.take(ip("2001:db8:0:1::1")));
    BOOST_TEST(!counts.take(ip("2001:db8:0:1:ffff::2")));
    BOOST_TEST(counts.take(ip("2001:db8:0:2::1")));
}

BOOST_AUTO_TEST_CASE(without_a_limit_nobody_is_counted) {
    ConnectionCounts counts(0);
    for (int i = 0; i < 100; ++i) BOOST_TEST(counts.take(ip("192.0.2.1")));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rate_limiter)

BOOST_AUTO_TEST_CASE(a_burst_is_admitted_and_then_the_rate) {
    RateLimiter limiter(10, 3);
    RateLimiter::Time now{};
    now += std::chrono::hours(1);
    for (int i = 0; i < 3; ++i) BOOST_TEST(limiter.take(ip("192.0.2.1"), now).count() == 0);
    BOOST_TEST(limiter.take(ip("192.0.2.1"), now).count() == 100);
    BOOST_TEST(limiter.take(ip("192.0.2.1"), now + milliseconds(60)).count() == 40);
    BOOST_TEST(limiter.take(ip("192.0.2.1"), now + milliseconds(100)).count() == 0);
    BOOST_TEST(limiter.take(ip("192.0.2.2"), now).count() == 0);
}

BOOST_AUTO_TEST_CASE(waiting_does_not_fill_beyond_the_burst) {
    RateLimiter limiter(10, 2);
    RateLimiter::Time now{};
    limiter.take(ip("192.0.2.1"), now);
    now += std::chrono::hours(5);
    BOOST_TEST(limiter.take(ip("192.0.2.1"), now).count() == 0);
    BOOST_TEST(limiter.take(ip("192.0.2.1"), now).count() == 0);
    BOOST_TEST(limiter.take(ip("192.0.2.1"), now).count() > 0);
}

BOOST_AUTO_TEST_CASE(a_full_table_refuses_new_addresses_and_forgets_idle_ones) {
    RateLimiter limiter(1, 1, 2);
    RateLimiter::Time now{};
    now += std::chrono::hours(1);
    BOOST_TEST(limiter.take(ip("192.0.2.1"), now).count() == 0);
    BOOST_TEST(limiter.take(ip("192.0.2.2"), now).count() == 0);
    BOOST_TEST(limiter.take(ip("192.0.2.3"), now).count() > 0);
    BOOST_TEST(limiter.take(ip("192.0.2.3"), now + std::chrono::seconds(3)).count() == 0);
}

BOOST_AUTO_TEST_CASE(rate_zero_admits_everything) {
    RateLimiter limiter(0, 0);
    for (int i = 0; i < 1000; ++i) BOOST_TEST(limiter.take(ip("192.0.2.1"), {}).count() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
