#define BOOST_TEST_MODULE db_faults
#include <boost/test/unit_test.hpp>
