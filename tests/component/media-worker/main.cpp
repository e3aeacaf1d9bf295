#define BOOST_TEST_MODULE media_worker
#include <boost/test/unit_test.hpp>
