#include "base/failure_text.h"

#include <gatehouse/error.h>
#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace gatehouse;

BOOST_AUTO_TEST_SUITE(failure_text)

BOOST_AUTO_TEST_CASE(work_that_returns_has_no_failure) {
    bool ran = false;
    BOOST_TEST(!failure_of([&ran] { ran = true; }).has_value());
    BOOST_TEST(ran);
}

BOOST_AUTO_TEST_CASE(whatever_is_thrown_has_a_text) {
    BOOST_TEST(failure_of([] { throw std::runtime_error("it broke"); }).value() == "it broke");
    const Error error(ErrorCode::kNotFound, "no such camera");
    BOOST_TEST(failure_of([&error] { throw error; }).value() == error.displayText());
    BOOST_TEST(failure_of([] { throw 1; }).value() == "an exception of unknown type");
    BOOST_TEST(text_of(std::make_exception_ptr(std::out_of_range("too far"))) == "too far");
}

BOOST_AUTO_TEST_SUITE_END()
