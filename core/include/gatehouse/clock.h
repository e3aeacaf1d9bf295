// Time as Gatehouse keeps it: UTC microseconds for what is stored or shown, a monotonic clock for durations.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

// Microseconds since 1970-01-01T00:00:00Z. Valid range of the text forms: years 1970 to 9999.
struct UtcTime {
    std::int64_t us = 0;

    auto operator<=>(const UtcTime&) const = default;
    UtcTime operator+(std::chrono::microseconds d) const { return {us + d.count()}; }
    std::chrono::microseconds operator-(UtcTime other) const { return std::chrono::microseconds{us - other.us}; }
};

// "2026-11-24T03:00:00.000Z" (RFC 3339 with milliseconds, rounded down).
std::string to_iso8601(UtcTime time);
// "2026-11-24 03:00:00", UTC: the form of the original system's *_at fields.
std::string to_sql_text(UtcTime time);
// "Tue, 24 Nov 2026 03:00:00 GMT" (IMF-fixdate, RFC 9110 section 5.6.7).
std::string to_http_date(UtcTime time);
// Reads IMF-fixdate only; anything else is nullopt.
std::optional<UtcTime> parse_http_date(std::string_view text);

using MonotonicTime = std::chrono::steady_clock::time_point;

// Thread-safe, non-blocking. Tests inject testing::FakeClock.
class Clock {
public:
    virtual ~Clock() = default;
    virtual UtcTime utc_now() const = 0;
    virtual MonotonicTime monotonic_now() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
public:
    UtcTime utc_now() const override;
    MonotonicTime monotonic_now() const override;
};

}  // namespace gatehouse
