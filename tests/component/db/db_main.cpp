#define BOOST_TEST_MODULE db
#include <gatehouse/error.h>

#include <boost/test/unit_test.hpp>
#include <boost/test/unit_test_monitor.hpp>

namespace {

// An unexpected Error is shown with its text.
struct ShowErrors {
    ShowErrors() {
        boost::unit_test::unit_test_monitor.register_exception_translator<gatehouse::Error>(
            [](const gatehouse::Error& e) { BOOST_ERROR("unexpected: " << e.displayText()); });
    }
};

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(ShowErrors);
