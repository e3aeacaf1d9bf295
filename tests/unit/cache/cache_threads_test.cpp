// The registry under several threads: nobody sees what was invalidated before he asked, everybody is answered, budgets
// hold.
#define BOOST_TEST_MODULE cache_threads
#include <array>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <random>
#include <thread>

#include "cache_fixture.h"

using namespace cache_test;

namespace {

// Answers loads later, on a thread of its own.
class LateLoader {
public:
    LateLoader() : thread_([this] { run(); }) {}
    ~LateLoader() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        thread_.join();
    }
    void post(std::function<void()> work) {
        {
            const std::lock_guard lock(mutex_);
            queue_.push_back(std::move(work));
        }
        wake_.notify_all();
    }

private:
    void run() {
        std::unique_lock lock(mutex_);
        while (true) {
            wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            auto work = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            work();
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    bool stopping_ = false;
    std::thread thread_;
};

constexpr int kThings = 4;

}  // namespace

BOOST_FIXTURE_TEST_CASE(whoever_asks_after_an_invalidation_sees_the_new_truth, Fixture) {
    auto cache = registry.create("t", {});
    std::array<std::atomic<int>, kThings> truth{};
    std::atomic<int> wrong{0}, answered{0}, asked{0};
    {
        LateLoader loader;
        std::vector<std::thread> threads;
        for (unsigned t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                std::mt19937 random(t);
                for (int i = 0; i < 3000; ++i) {
                    const auto thing = random() % kThings;
                    const std::string key = "thing" + std::to_string(thing);
                    if (random() % 8 == 0) {
                        ++truth[thing];
                        registry.invalidate(key);
                    }
                    // Only a truth whose invalidation has surely returned may be demanded: this thread's own.
                    const bool own = random() % 2 == 0;
                    int demanded = 0;
                    if (own) {
                        demanded = ++truth[thing];
                        registry.invalidate(key);
                    }
                    ++asked;
                    cache->get_or_load(
                        key,
                        [&, thing, key, late = random() % 2 == 0](const CacheStore::Finish& finish) {
                            const int seen = truth[thing];
                            const auto answer = [finish, seen, key] {
                                finish({std::make_shared<const int>(seen), 4, {key}, {}}, nullptr);
                            };
                            if (late)
                                loader.post(answer);
                            else
                                answer();
                        },
                        [&, demanded](const std::shared_ptr<const void>& value, const std::exception_ptr&) {
                            ++answered;
                            if (!value || *std::static_pointer_cast<const int>(value) < demanded) ++wrong;
                        });
                }
            });
        }
        for (auto& thread : threads) thread.join();
    }
    BOOST_TEST(wrong == 0);
    BOOST_TEST(answered == asked);
    const auto stats = cache->stats();
    BOOST_TEST(stats.hits + stats.misses == static_cast<std::uint64_t>(asked.load()));
}

BOOST_FIXTURE_TEST_CASE(budgets_hold_and_the_account_returns_to_zero_under_threads, Fixture) {
    gatehouse::cache::CacheRegistry small({.global_byte_budget = 400'000, .shards = 4}, clock, metrics);
    std::vector<std::shared_ptr<CacheStore>> caches;
    for (int i = 0; i < 3; ++i) caches.push_back(small.create("c" + std::to_string(i), {.byte_budget = 300'000}));
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            std::mt19937 random(t);
            for (int i = 0; i < 5000; ++i) {
                auto& cache = *caches[random() % caches.size()];
                const std::string key = "k" + std::to_string(random() % 200);
                switch (random() % 6) {
                    case 0:
                        cache.erase(key);
                        break;
                    case 1:
                        small.invalidate("tag" + std::to_string(random() % 5));
                        break;
                    case 2:
                    case 3:
                        cache.find(key);
                        break;
                    default:
                        cache.set(key, value_of("v", random() % 20'000, {"tag" + std::to_string(random() % 5)}));
                }
            }
        });
    }
    for (auto& thread : threads) thread.join();
    BOOST_TEST(small.stats().bytes <= 400'000u);
    for (const auto& cache : caches) BOOST_TEST(cache->stats().bytes <= 300'000u);
    small.clear();
    BOOST_TEST(small.stats().bytes == 0u);
    BOOST_TEST(small.stats().entries == 0u);
}
