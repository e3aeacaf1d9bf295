#define BOOST_TEST_MODULE hls
#include <boost/test/unit_test.hpp>
