#define BOOST_TEST_MODULE mediamtx_hls
#include <boost/test/unit_test.hpp>
