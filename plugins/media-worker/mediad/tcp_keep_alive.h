#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace gatehouse::mediad {

/// The time-out in a Session header (RFC 2326, 12.37); empty without one.
inline std::optional<std::chrono::seconds> session_timeout_in(std::string_view header) {
    constexpr std::string_view kName = "timeout=";
    const std::size_t at = header.find(kName);
    if (at == std::string_view::npos) return std::nullopt;
    int seconds = 0;
    std::from_chars(header.data() + at + kName.size(), header.data() + header.size(), seconds);
    if (seconds <= 0) return std::nullopt;
    return std::chrono::seconds(seconds);
}

/// The status of an RTSP answer's head; 0 for what is none.
inline int answer_status(std::string_view head) {
    constexpr std::string_view kStart = "RTSP/1.0 ";
    int status = 0;
    if (head.starts_with(kStart)) std::from_chars(head.data() + kStart.size(), head.data() + head.size(), status);
    return status;
}

/// When a session's keep-alive is due, and what to do about one that is refused. Pure; the caller brings the clock.
class KeepAlive {
public:
    using Clock = std::chrono::steady_clock;
    using Duration = std::chrono::milliseconds;
    enum class Step {
        nothing,
        renew_login,  ///< send it again with what the answer asks for
        use_options,  ///< send OPTIONS, now and from now on
    };

    static constexpr Duration kShortest{500};
    static constexpr Duration kLongest{60'000};

    KeepAlive(std::chrono::seconds session_timeout, bool has_get_parameter, Clock::time_point now)
        : period_(std::clamp<Duration>(Duration(session_timeout) / 2, kShortest, kLongest)),
          due_(now + period_),
          may_change_(has_get_parameter) {}

    /// 0: it is due now.
    Duration wait(Clock::time_point now) const {
        return std::max(Duration(0), std::chrono::ceil<Duration>(due_ - now));
    }
    void sent(Clock::time_point now) {
        due_ = now + period_;
        may_renew_ = true;
    }
    Step answered(int status) {
        // Once for each: what is refused twice is no matter of a nonce that ran out.
        if (status == 401) return std::exchange(may_renew_, false) ? Step::renew_login : Step::nothing;
        return status >= 400 && std::exchange(may_change_, false) ? Step::use_options : Step::nothing;
    }

private:
    const Duration period_;
    Clock::time_point due_;
    bool may_renew_ = true;
    bool may_change_;
};

}  // namespace gatehouse::mediad
