#define BOOST_TEST_MODULE net
#include <boost/test/unit_test.hpp>

#include "net/address.h"

using namespace gatehouse::net;

namespace {

IpAddress ip(const char* text) { return parse_ip(text).value(); }

std::vector<IpNetwork> networks(std::initializer_list<const char*> texts) {
    std::vector<IpNetwork> result;
    for (const char* text : texts) result.push_back(parse_network(text).value());
    return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(address)

BOOST_AUTO_TEST_CASE(numeric_addresses_are_read_and_written) {
    for (const char* text : {"127.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1"})
        BOOST_TEST(ip(text).text() == text);
    BOOST_TEST(ip("::ffff:10.0.0.1").text() == "10.0.0.1");
}

BOOST_AUTO_TEST_CASE(anything_but_a_numeric_address_is_refused) {
    for (const char* text :
         {"", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "[::1]", "::1%lo", "::g", "1.2.3.4 "})
        BOOST_TEST(!parse_ip(text), text);
    BOOST_TEST(!parse_ip(std::string_view("1.2.3.4\0", 8)));
    BOOST_TEST(!parse_ip(std::string(100, '1')));
}

BOOST_AUTO_TEST_CASE(loopback_is_the_whole_of_127_and_one_ipv6_address) {
    for (const char* text : {"127.0.0.1", "127.9.8.7", "::1"}) BOOST_TEST(ip(text).is_loopback(), text);
    for (const char* text : {"128.0.0.1", "126.255.255.255", "::", "::2", "2001::1", "10.0.0.1"})
        BOOST_TEST(!ip(text).is_loopback(), text);
}

BOOST_AUTO_TEST_CASE(networks_hold_what_their_prefix_says) {
    const auto ten = parse_network("10.1.2.3/12").value();
    BOOST_TEST(ten.contains(ip("10.15.255.255")));
    BOOST_TEST(!ten.contains(ip("10.16.0.0")));
    BOOST_TEST(!ten.contains(ip("::1")));
    BOOST_TEST(parse_network("0.0.0.0/0").value().contains(ip("9.9.9.9")));
    BOOST_TEST(!parse_network("0.0.0.0/0").value().contains(ip("2001::1")));
    BOOST_TEST(parse_network("2001:db8::/33").value().contains(ip("2001:db8:7fff::1")));
    BOOST_TEST(!parse_network("2001:db8::/33").value().contains(ip("2001:db8:8000::1")));
    BOOST_TEST(parse_network("192.0.2.7").value().contains(ip("192.0.2.7")));
    BOOST_TEST(!parse_network("192.0.2.7").value().contains(ip("192.0.2.6")));
}

BOOST_AUTO_TEST_CASE(malformed_networks_are_refused) {
    for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "::/129", "ten/8"})
        BOOST_TEST(!parse_network(text), text);
}

BOOST_AUTO_TEST_CASE(endpoints_need_an_address_and_a_port) {
    BOOST_TEST(parse_endpoint("127.0.0.1:3000").value().port == 3000);
    BOOST_TEST(parse_endpoint("[::]:0").value().address.text() == "::");
    for (const char* text : {"", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1", "::1:80",
                             "[127.0.0.1]:80", "[::1]", "[]:80", "[:80", "host:80"})
        BOOST_TEST(!parse_endpoint(text), text);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(forwarded)

BOOST_AUTO_TEST_CASE(an_untrusted_peer_cannot_name_another_client) {
    BOOST_TEST(client_behind(ip("198.51.100.1"), "10.0.0.1", networks({"127.0.0.0/8"})).text() == "198.51.100.1");
}

BOOST_AUTO_TEST_CASE(the_rightmost_untrusted_entry_is_the_client) {
    const auto trusted = networks({"127.0.0.0/8", "10.0.0.0/8"});
    BOOST_TEST(client_behind(ip("127.0.0.1"), "203.0.113.9", trusted).text() == "203.0.113.9");
    BOOST_TEST(client_behind(ip("127.0.0.1"), "6.6.6.6, 203.0.113.9, 10.0.0.5", trusted).text() == "203.0.113.9");
    BOOST_TEST(client_behind(ip("127.0.0.1"), "10.0.0.6,10.0.0.5", trusted).text() == "10.0.0.6");
    BOOST_TEST(client_behind(ip("127.0.0.1"), "", trusted).text() == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(an_entry_that_is_no_address_ends_the_walk) {
    const auto trusted = networks({"127.0.0.0/8", "10.0.0.0/8"});
    BOOST_TEST(client_behind(ip("127.0.0.1"), "6.6.6.6, unknown, 10.0.0.5", trusted).text() == "10.0.0.5");
    BOOST_TEST(client_behind(ip("127.0.0.1"), ",,,", trusted).text() == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(entries_with_ports_and_brackets_are_understood) {
    const auto trusted = networks({"127.0.0.0/8"});
    BOOST_TEST(client_behind(ip("127.0.0.1"), "203.0.113.9:4711", trusted).text() == "203.0.113.9");
    BOOST_TEST(client_behind(ip("127.0.0.1"), "[2001:db8::2]:443", trusted).text() == "2001:db8::2");
    BOOST_TEST(client_behind(ip("127.0.0.1"), "[2001:db8::2", trusted).text() == "127.0.0.1");
}

BOOST_AUTO_TEST_SUITE_END()
