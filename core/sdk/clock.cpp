#include <gatehouse/clock.h>

#include <array>
#include <cstdio>

namespace gatehouse {

namespace {

constexpr std::array<std::string_view, 7> kDayNames = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonthNames = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
    int year;
    unsigned month, day, weekday;  // month and day from 1, weekday from 0 (Sunday)
    int hour, minute, second, millisecond;
};

Civil to_civil(UtcTime time) {
    namespace chrono = std::chrono;
    const chrono::sys_time<chrono::microseconds> at{chrono::microseconds{time.us}};
    const auto day = chrono::floor<chrono::days>(at);
    const chrono::year_month_day date{day};
    const auto ms = chrono::floor<chrono::milliseconds>(at - day).count();
    return {static_cast<int>(date.year()),     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
            chrono::weekday{day}.c_encoding(), static_cast<int>(ms / 3'600'000),    static_cast<int>(ms / 60'000 % 60),
            static_cast<int>(ms / 1'000 % 60), static_cast<int>(ms % 1'000)};
}

template <class... Values>
std::string formatted(const char* format, Values... values) {
    std::array<char, 64> out{};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    const int length = std::snprintf(out.data(), out.size(), format, values...);
#pragma GCC diagnostic pop
    return std::string(out.data(), static_cast<std::size_t>(length));
}

// Digits only: unlike the library's readers this takes no sign, no space and no "+".
std::optional<int> read_digits(std::string_view text) {
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

template <std::size_t N>
std::optional<unsigned> index_of(const std::array<std::string_view, N>& names, std::string_view text) {
    for (unsigned i = 0; i < N; ++i)
        if (names[i] == text) return i;
    return std::nullopt;
}

}  // namespace

std::string to_iso8601(UtcTime time) {
    const Civil c = to_civil(time);
    return formatted("%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", c.year, c.month, c.day, c.hour, c.minute, c.second,
                     c.millisecond);
}

std::string to_sql_text(UtcTime time) {
    const Civil c = to_civil(time);
    return formatted("%04d-%02u-%02u %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

std::string to_http_date(UtcTime time) {
    const Civil c = to_civil(time);
    return formatted("%s, %02u %s %04d %02d:%02d:%02d GMT", kDayNames[c.weekday].data(), c.day,
                     kMonthNames[c.month - 1].data(), c.year, c.hour, c.minute, c.second);
}

std::optional<UtcTime> parse_http_date(std::string_view text) {
    // "Tue, 24 Nov 2026 03:00:00 GMT"
    //  01234567890123456789012345678
    if (text.size() != 29 || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' || text[16] != ' ' ||
        text[19] != ':' || text[22] != ':' || text.substr(25) != " GMT")
        return std::nullopt;
    const auto weekday = index_of(kDayNames, text.substr(0, 3));
    const auto month = index_of(kMonthNames, text.substr(8, 3));
    const auto day = read_digits(text.substr(5, 2)), year = read_digits(text.substr(12, 4));
    const auto hour = read_digits(text.substr(17, 2)), minute = read_digits(text.substr(20, 2));
    const auto second = read_digits(text.substr(23, 2));
    if (!weekday || !month || !day || !year || !hour || !minute || !second) return std::nullopt;
    if (*year < 1970 || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;  // 60: a leap second
    namespace chrono = std::chrono;
    const chrono::year_month_day date{chrono::year{*year}, chrono::month{*month + 1},
                                      chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok() || chrono::weekday{chrono::sys_days{date}}.c_encoding() != *weekday) return std::nullopt;
    const auto at = chrono::sys_days{date} + chrono::hours{*hour} + chrono::minutes{*minute} + chrono::seconds{*second};
    return UtcTime{chrono::duration_cast<chrono::microseconds>(at.time_since_epoch()).count()};
}

UtcTime SystemClock::utc_now() const {
    return {std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
                .count()};
}

MonotonicTime SystemClock::monotonic_now() const { return std::chrono::steady_clock::now(); }

}  // namespace gatehouse
