// A clock that moves only when a test says so.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include <gatehouse/clock.h>

namespace gatehouse::testing {

// Thread-safe. Starts at 2026-01-01T00:00:00Z; the monotonic clock starts one hour after its own zero.
class FakeClock final : public Clock {
public:
    FakeClock() = default;
    explicit FakeClock(UtcTime start) : utc_us_(start.us) {}

    UtcTime utc_now() const override { return {utc_us_.load()}; }
    MonotonicTime monotonic_now() const override {
        return MonotonicTime{std::chrono::microseconds{monotonic_us_.load()}};
    }

    // Both clocks go forward together, as time does. by >= 0.
    void advance(std::chrono::microseconds by) {
        monotonic_us_ += by.count();
        utc_us_ += by.count();
    }
    // The wall clock jumps (an NTP step, an operator's hand); the monotonic clock does not notice.
    void set_utc(UtcTime time) { utc_us_ = time.us; }

private:
    std::atomic<std::int64_t> utc_us_{1'767'225'600'000'000};
    std::atomic<std::int64_t> monotonic_us_{3'600'000'000};
};

}  // namespace gatehouse::testing
