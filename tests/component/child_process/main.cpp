#define BOOST_TEST_MODULE component.child_process
#include <boost/test/unit_test.hpp>
