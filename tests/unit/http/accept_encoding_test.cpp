#include <boost/test/unit_test.hpp>

#include "http/accept_encoding.h"

using namespace gatehouse::http;

namespace {

std::string chosen(std::string_view accept, bool gzip = true, bool brotli = true) {
    switch (choose_coding(accept, gzip, brotli)) {
        case Coding::kGzip:
            return "gzip";
        case Coding::kBrotli:
            return "br";
        case Coding::kIdentity:
            break;
    }
    return "identity";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(accept_encoding)

BOOST_AUTO_TEST_CASE(the_smaller_variant_wins_where_the_client_does_not_care) {
    BOOST_TEST(chosen("gzip, deflate, br") == "br");
    BOOST_TEST(chosen("gzip, deflate, br", true, false) == "gzip");
    BOOST_TEST(chosen("*") == "br");
    BOOST_TEST(chosen("gzip, deflate, br", false, false) == "identity");
}

BOOST_AUTO_TEST_CASE(weights_decide) {
    BOOST_TEST(chosen("gzip;q=1.0, br;q=0.5") == "gzip");
    BOOST_TEST(chosen("gzip;q=0.001, br;q=0.002") == "br");
    BOOST_TEST(chosen("identity, gzip;q=0.5") == "identity");
    BOOST_TEST(chosen("GZIP ; Q=0.7") == "gzip");
}

BOOST_AUTO_TEST_CASE(weight_zero_refuses) {
    BOOST_TEST(chosen("gzip;q=0, br;q=0.0") == "identity");
    BOOST_TEST(chosen("*, br;q=0") == "gzip");
    BOOST_TEST(chosen("*;q=0") == "identity");
    BOOST_TEST(chosen("identity;q=0, *;q=0") == "identity");
}

BOOST_AUTO_TEST_CASE(nothing_and_nonsense_give_the_plain_file) {
    for (const char* value : {"", "deflate", "gzip;q=2", "gzip;q=0.1234", "gzip;q=x", ";;;,,", "gzipbr"})
        BOOST_TEST(chosen(value) == "identity", value);
}

BOOST_AUTO_TEST_SUITE_END()
