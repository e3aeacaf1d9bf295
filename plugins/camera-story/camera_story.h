// Which moments of a camera's life are worth a line in the log. Pure, not thread-safe.
//
// An engine meets every failed attempt, one each few seconds, and a camera may fail in several ways in turn. An
// operator wants to read that it died, why, and that it is back; of one that comes and goes, just that. Of both engines
// alike, so it needs the standard library only: the media worker does not link the SDK.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>

namespace gatehouse {

class CameraStory {
public:
    using Time = std::chrono::steady_clock::time_point;

    static constexpr std::chrono::seconds kSure{5};          // live for so long before it is called back
    static constexpr std::chrono::seconds kSteady{60};       // live for so long before another failure is another story
    static constexpr std::chrono::seconds kUnexplained{20};  // offline for so long before no reason is said either
    static constexpr std::size_t kMostCauses = 4;            // told in one story

    enum class Line { kNone, kFailed, kComesAndGoes, kBack, kSteadyAgain };

    // It failed; `cause` in words that are alike for alike failures. kFailed, kComesAndGoes or kNone.
    Line failed(const std::string& cause, Time now);
    // It was looked at. `offline` is not just the opposite: nobody watching is no fault. Offline, and nothing said it
    // failed: kFailed. kBack, kSteadyAgain, kFailed or kNone.
    Line seen(bool live, bool offline, const std::string& cause, Time now);

private:
    enum class Chapter { kFine, kDead, kBack, kComesAndGoes };
    Line seen_live(Time now);

    Chapter chapter_ = Chapter::kFine;
    std::set<std::string> told_;
    std::optional<Time> live_since_, offline_since_;
};

// What an operator reads of it: of a failure its cause.
std::string words_of(CameraStory::Line line, const std::string& cause);
// A failure is a warning, a return is information.
bool is_trouble(CameraStory::Line line);

}  // namespace gatehouse
