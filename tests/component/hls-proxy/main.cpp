#define BOOST_TEST_MODULE hls_proxy
#include <boost/test/unit_test.hpp>
