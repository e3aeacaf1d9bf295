#include <boost/test/unit_test.hpp>

#include <gatehouse/error.h>

#include "http/cors.h"

using namespace gatehouse::http;
using Verdict = Cors::Verdict;

BOOST_AUTO_TEST_SUITE(cors)

BOOST_AUTO_TEST_CASE(listed_origins_are_allowed_without_regard_to_case) {
    const Cors cors({"https://Example.org", "http://10.0.0.1:8080"});
    BOOST_TEST((cors.judge("https://example.org", "gate:3000") == Verdict::kAllowed));
    BOOST_TEST((cors.judge("http://10.0.0.1:8080", "gate:3000") == Verdict::kAllowed));
    BOOST_TEST(cors.varies());
}

BOOST_AUTO_TEST_CASE(the_own_origin_is_the_one_of_the_host_asked_for) {
    const Cors cors({});
    BOOST_TEST((cors.judge("http://gate:3000", "gate:3000") == Verdict::kSameOrigin));
    BOOST_TEST((cors.judge("https://GATE", "gate:443") == Verdict::kSameOrigin));
    BOOST_TEST((cors.judge("http://gate:80", "gate") == Verdict::kSameOrigin));
    BOOST_TEST((cors.judge("", "gate") == Verdict::kNoOrigin));
    BOOST_TEST(!cors.varies());
}

BOOST_AUTO_TEST_CASE(everything_else_is_foreign) {
    const Cors cors({"https://example.org"});
    for (const char* origin : {"null", "http://example.org", "https://example.org.evil", "https://evil.example.org",
                               "http://gate:3001", "ftp://gate:3000", "gate:3000", "http://", "http://gate:3000/"})
        BOOST_TEST((cors.judge(origin, "gate:3000") == Verdict::kForeign), origin);
}

BOOST_AUTO_TEST_CASE(what_is_no_origin_cannot_be_configured) {
    for (const char* origin :
         {"", "*", "example.org", "https://", "https://example.org/", "https://*.example.org", "https://a@b"})
        BOOST_CHECK_THROW(Cors({origin}), gatehouse::Error);
}

BOOST_AUTO_TEST_SUITE_END()
