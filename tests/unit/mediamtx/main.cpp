#define BOOST_TEST_MODULE mediamtx
#include <boost/test/unit_test.hpp>
