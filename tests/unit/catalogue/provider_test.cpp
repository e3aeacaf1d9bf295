#include "catalogue/provider.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;
using Numbers = catalogue::Provider<int, int>;

BOOST_AUTO_TEST_SUITE(provider)

BOOST_AUTO_TEST_CASE(the_default_stands_where_nobody_provides) {
    Numbers numbers;
    BOOST_TEST(numbers.call(1, 7) == 7);
    BOOST_TEST(numbers.name().empty());
}

BOOST_AUTO_TEST_CASE(a_second_source_is_a_conflict_until_the_first_has_gone) {
    Numbers numbers;
    auto first = numbers.provide("one", [](int n) { return n + 1; });
    BOOST_TEST(numbers.call(1, 7) == 2);
    BOOST_CHECK_EXCEPTION((void)numbers.provide("two", [](int n) { return n; }), Error,
                          [](const Error& error) { return error.error_code() == ErrorCode::kConflict; });
    first.close();
    BOOST_TEST(numbers.call(1, 7) == 7);
    const auto second = numbers.provide("two", [](int n) { return n * 10; });
    BOOST_TEST(numbers.call(1, 7) == 10);
    BOOST_TEST(numbers.name() == "two");
}

BOOST_AUTO_TEST_CASE(a_provider_may_withdraw_itself_from_inside_a_call) {
    Numbers numbers;
    Registration registration;
    registration = numbers.provide("once", [&](int n) {
        registration.close();
        return n;
    });
    BOOST_TEST(numbers.call(4, 7) == 4);
    BOOST_TEST(numbers.call(4, 7) == 7);
}

BOOST_AUTO_TEST_SUITE_END()
