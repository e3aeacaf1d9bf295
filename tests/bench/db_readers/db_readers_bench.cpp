// How much of their speed do readers keep while the writer is busy?
//
//   db_readers_bench <directory> <readers> <seconds per phase> <writes per second, 0: none, -1: as many as it takes>
//
// Phases alternate without and with the writer; one JSON object per pair goes to standard output.
#include <Poco/Logger.h>
#include <Poco/NullChannel.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <future>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <gatehouse/db.h>

#include "db/database_pool.h"
#include "metrics/metrics_registry.h"

namespace {

using namespace gatehouse;
using SteadyClock = std::chrono::steady_clock;

constexpr int kCameras = 64;
constexpr int kRowsEach = 2000;
constexpr std::int64_t kSegmentUs = 60'000'000;

// Rows as large as those of recorded segments: about 600 bytes.
void insert_segment(WriteTx& tx, std::int64_t camera, std::int64_t number) {
    static const std::string details(520, 'd');
    tx.prepare("INSERT INTO bench_segment (camera, start_us, path, details) VALUES (?, ?, ?, ?)")
        .bind(1, camera)
        .bind(2, number * kSegmentUs)
        .bind(3, "camera/" + std::to_string(camera) + "/" + std::to_string(number) + ".mp4")
        .bind(4, details)
        .run();
}

void fill(Database& db) {
    for (int camera = 0; camera < kCameras; ++camera) {
        db.write("bench.fill", Durability::kNormal, [camera](WriteTx& tx) {
              for (int i = 0; i < kRowsEach; ++i) insert_segment(tx, camera, i);
          }).get();
    }
}

// A timeline's question: the next 100 segments of a camera from some moment on.
std::size_t read_timeline(Database& db, std::uint64_t random) {
    return db.read("bench.timeline", [random](ReadTx& tx) {
        auto& query = tx.prepare(
            "SELECT start_us, path FROM bench_segment WHERE camera = ? AND start_us >= ? "
            "ORDER BY start_us LIMIT 100");
        query.bind(1, static_cast<std::int64_t>(random % kCameras));
        query.bind(2, static_cast<std::int64_t>((random >> 16) % kRowsEach) * kSegmentUs);
        std::size_t bytes = 0;
        while (query.step()) bytes += query.text(1).size() + static_cast<std::size_t>(query.integer(0) & 1);
        return bytes;
    });
}

double thread_cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

struct Speed {
    double per_second = 0;      // of all readers together
    double per_cpu_second = 0;  // of the readers' own processor time: what a read costs, whoever else is on the machine
};

Speed measure_readers(Database& db, int readers, double seconds) {
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> reads{0};
    std::atomic<double> cpu_seconds{0};
    std::vector<std::thread> threads;
    const auto begin = SteadyClock::now();
    for (int t = 0; t < readers; ++t) {
        threads.emplace_back([&, t] {
            std::uint64_t random = 88172645463325252ULL + static_cast<std::uint64_t>(t) * 7919;
            std::uint64_t mine = 0;
            while (!stop) {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                read_timeline(db, random);
                ++mine;
            }
            reads += mine;
            cpu_seconds += thread_cpu_seconds();
        });
    }
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    stop = true;
    for (auto& thread : threads) thread.join();
    const double elapsed = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    return {static_cast<double>(reads) / elapsed, static_cast<double>(reads) / cpu_seconds};
}

// Keeps the writer busy: `rate` writes a second, every tenth of them kSync, or as many as 64 outstanding ones allow.
class BusyWriter {
public:
    BusyWriter(Database& db, double rate) : db_(db), rate_(rate), thread_([this] { run(); }) {}
    ~BusyWriter() { stop(); }
    std::uint64_t stop() {
        stop_ = true;
        if (thread_.joinable()) thread_.join();
        return written_;
    }

private:
    void run() {
        static std::int64_t number = kRowsEach;
        std::deque<std::future<void>> outstanding;
        const auto begin = SteadyClock::now();
        while (!stop_) {
            const double elapsed = std::chrono::duration<double>(SteadyClock::now() - begin).count();
            if (rate_ >= 0 && static_cast<double>(written_) >= elapsed * rate_) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
                continue;
            }
            const auto camera = static_cast<std::int64_t>(written_ % kCameras);
            outstanding.push_back(db_.write("bench.write", written_ % 10 ? Durability::kNormal : Durability::kSync,
                                            [camera, n = number++](WriteTx& tx) { insert_segment(tx, camera, n); }));
            ++written_;
            for (constexpr std::size_t kOutstanding = 64; outstanding.size() >= kOutstanding; outstanding.pop_front())
                outstanding.front().get();
        }
        for (auto& write : outstanding) write.get();
    }

    Database& db_;
    double rate_;
    std::atomic<bool> stop_{false};
    std::uint64_t written_ = 0;
    std::thread thread_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::cerr << "usage: db_readers_bench <directory> <readers> <seconds> <writes per second>\n";
        return 2;
    }
    const int readers = std::stoi(argv[2]);
    const double seconds = std::stod(argv[3]);
    const double rate = std::stod(argv[4]);
    auto& logger = Poco::Logger::create("bench", new Poco::NullChannel);
    SystemClock clock;
    metrics::MetricsRegistry metrics;
    exec::WorkerPool workers({.threads = 1, .queue_per_owner = 8});
    db::DbOptions options;
    options.path = std::filesystem::absolute(std::filesystem::path(argv[1]) / "bench.db");
    db::DatabasePool pool(options, clock, workers, metrics, logger);
    const auto db = pool.open_for({"bench", "bench_", {{1, R"(
        CREATE TABLE bench_segment (id INTEGER PRIMARY KEY, camera INTEGER NOT NULL, start_us INTEGER NOT NULL,
                                    path TEXT NOT NULL, details TEXT NOT NULL);
        CREATE UNIQUE INDEX bench_segment_start ON bench_segment (camera, start_us);)"}}});
    fill(*db);
    measure_readers(*db, readers, 0.3);  // opens the connections, warms the caches
    for (int round = 0; round < 3; ++round) {
        const Speed alone = measure_readers(*db, readers, seconds);
        BusyWriter writer(*db, rate);
        const Speed busy = measure_readers(*db, readers, seconds);
        const auto written = writer.stop();
        std::printf(
            "{\"readers\": %d, \"alone_per_s\": %.0f, \"with_writer_per_s\": %.0f, \"ratio\": %.3f, "
            "\"alone_per_cpu_s\": %.0f, \"with_writer_per_cpu_s\": %.0f, \"cpu_ratio\": %.3f, "
            "\"writes_per_s\": %.0f, \"busy_errors\": %llu}\n",
            readers, alone.per_second, busy.per_second, busy.per_second / alone.per_second, alone.per_cpu_second,
            busy.per_cpu_second, busy.per_cpu_second / alone.per_cpu_second, static_cast<double>(written) / seconds,
            static_cast<unsigned long long>(pool.stats().busy_errors));
        std::fflush(stdout);
    }
    return 0;
}
