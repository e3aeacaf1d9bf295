// A child process that writes as fast as it can is killed without warning; what it had acknowledged must be there.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include <string>

#include "db_fixture.h"

using namespace db_test;

namespace {

// Writes rows 1, 2, 3 ... and says each number on `report` after its future was ready. Never returns.
[[noreturn]] void write_until_killed(const std::string& path, Durability durability, int report) {
    try {
        gatehouse::SystemClock clock;
        gatehouse::metrics::MetricsRegistry metrics;
        Log log;
        gatehouse::exec::WorkerPool workers({.threads = 1, .queue_per_owner = 8});
        DbOptions options;
        options.path = path;
        DatabasePool pool(options, clock, workers, metrics, log.logger);
        auto db = pool.open_for(shop());
        for (std::int64_t i = 1;; ++i) {
            db->write("test.crash", durability, [i](WriteTx& tx) {
                  insert(tx, i, std::to_string(i));
                  tx.publish({"item.made", std::to_string(i), "{}"});
              }).get();
            if (::write(report, &i, sizeof i) != sizeof i) ::_exit(3);
        }
    } catch (...) {
        ::_exit(4);
    }
}

// The number the child had acknowledged last when it was killed.
std::int64_t kill_a_writer(const std::string& path, Durability durability, std::int64_t at_least) {
    int ends[2] = {-1, -1};
    BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    if (child == 0) write_until_killed(path, durability, ends[1]);
    ::close(ends[1]);
    std::int64_t last = 0, number = 0;
    while (::read(ends[0], &number, sizeof number) == sizeof number) {
        last = number;
        if (last == at_least) ::kill(child, SIGKILL);
    }
    ::close(ends[0]);
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST(WIFSIGNALED(status));
    return last;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(crash)

BOOST_AUTO_TEST_CASE(acknowledged_rows_and_their_facts_survive_kill_9) {
    for (const auto durability : {Durability::kSync, Durability::kNormal}) {
        // The fork comes before this process has any thread of its own.
        TemporaryDirectory place;
        for (int round = 1; round <= 3; ++round) {
            const std::string path = place / ("round" + std::to_string(round) + ".db");
            const auto acknowledged = kill_a_writer(path, durability, 100 * round);
            BOOST_TEST_REQUIRE(acknowledged >= 100 * round);

            Real here;
            DbOptions options;
            options.path = path;
            auto pool = here.open(options);
            auto db = pool->open_for(shop());
            const auto rows = count_items(*db);
            BOOST_TEST(rows >= acknowledged);
            BOOST_TEST(rows <= acknowledged + 1);  // the one under way may have made it
            std::atomic<std::int64_t> facts{0}, out_of_order{0};
            auto subscription = db->subscribe("test", "item.", [&](const RecordedFact& fact) {
                if (fact.fact.subject != std::to_string(facts + 1)) ++out_of_order;
                ++facts;
            });
            BOOST_TEST(wait_until([&] { return facts == rows; }));
            BOOST_TEST(out_of_order == 0);
            pool->backup(place / "checked.db");  // runs integrity_check
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
