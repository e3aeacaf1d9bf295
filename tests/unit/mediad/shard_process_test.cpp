#define BOOST_TEST_MODULE mediad_shard_process
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <system_error>
#include <vector>

#include "shard_process.h"

using namespace gatehouse::mediad;

namespace {

/// As long as it lives no descriptor can be had. Nothing is asserted meanwhile: UBSan wants one for that.
class NoDescriptors {
public:
    NoDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit none = before_;
        none.rlim_cur = 0;
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

private:
    rlimit before_{};
};

void fail_to_start(ShardProcess& shard, ShardProcess::Clock::time_point now) {
    bool failed = false;
    {
        const NoDescriptors none;
        try {
            shard.start(now);
        } catch (const std::system_error&) {
            failed = true;
        }
    }
    BOOST_REQUIRE(failed);
    shard.ended(true, now);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_process_that_cannot_be_started_is_tried_less_and_less_often) {
    ShardProcess shard;
    shard.streams = {"a"};
    ShardProcess::Clock::time_point now{std::chrono::hours(1)};
    std::vector<std::chrono::milliseconds::rep> pauses_ms;
    for (int i = 0; i < 8; ++i) {
        fail_to_start(shard, now);
        BOOST_TEST(!shard.running());
        BOOST_TEST(!shard.due(now));
        pauses_ms.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(shard.start_at() - now).count());
        now = shard.start_at();
        BOOST_TEST(shard.due(now));
    }
    const std::vector<std::chrono::milliseconds::rep> expected{250, 500, 1'000, 2'000, 4'000, 5'000, 5'000, 5'000};
    BOOST_TEST(pauses_ms == expected, boost::test_tools::per_element());
}
