#include <boost/test/unit_test.hpp>

#include <gatehouse/error.h>

#include <vector>

#include "plugin/registration_ledger.h"

using namespace gatehouse;
using gatehouse::plugin::RegistrationLedger;

BOOST_AUTO_TEST_SUITE(registration_ledger)

BOOST_AUTO_TEST_CASE(a_plugin_withdraws_its_own_and_the_host_the_rest_latest_first) {
    std::vector<int> withdrawn;
    const auto make = [&](int id) { return Registration([&withdrawn, id] { withdrawn.push_back(id); }); };
    RegistrationLedger ledger;
    Registration one = ledger.keep(make(1)), two = ledger.keep(make(2)), three = ledger.keep(make(3));
    two.close();
    BOOST_TEST(withdrawn == std::vector<int>{2}, boost::test_tools::per_element());
    ledger.revoke_all();
    one.close();
    const std::vector<int> all{2, 3, 1};
    BOOST_TEST(withdrawn == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(after_revocation_nothing_is_registered_any_more) {
    RegistrationLedger ledger;
    ledger.revoke_all();
    int withdrawn = 0;
    BOOST_CHECK_THROW(static_cast<void>(ledger.keep(Registration([&] { ++withdrawn; }))), Error);
    BOOST_TEST(withdrawn == 1);
}

BOOST_AUTO_TEST_CASE(a_handle_may_outlive_the_ledger) {
    int withdrawn = 0;
    Registration handle;
    {
        RegistrationLedger ledger;
        handle = ledger.keep(Registration([&] { ++withdrawn; }));
    }
    BOOST_TEST(withdrawn == 1);
    handle.close();
    BOOST_TEST(withdrawn == 1);
}

BOOST_AUTO_TEST_SUITE_END()
