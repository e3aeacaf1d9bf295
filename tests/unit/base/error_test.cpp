#include <boost/test/unit_test.hpp>

#include <memory>

#include <gatehouse/error.h>

using namespace gatehouse;

BOOST_AUTO_TEST_SUITE(errors)

BOOST_AUTO_TEST_CASE(codes_map_to_status_name_and_retryability) {
    BOOST_TEST(http_status(ErrorCode::kTooLarge) == 413);
    BOOST_TEST(http_status(ErrorCode::kUpstreamTimeout) == 504);
    BOOST_TEST(name(ErrorCode::kNotFound) == "not_found");
    BOOST_TEST(retryable(ErrorCode::kUnavailable));
    BOOST_TEST(!retryable(ErrorCode::kInternal));
}

BOOST_AUTO_TEST_CASE(an_error_survives_cloning_and_rethrowing_with_its_code) {
    const Error error(ErrorCode::kConflict, "taken");
    const std::unique_ptr<Poco::Exception> copy(error.clone());
    try {
        copy->rethrow();
        BOOST_FAIL("nothing was thrown");
    } catch (const Error& caught) {
        BOOST_TEST((caught.error_code() == ErrorCode::kConflict));
        BOOST_TEST(caught.message() == "taken");
        BOOST_TEST(caught.code() == 409);
    }
}

BOOST_AUTO_TEST_SUITE_END()
