// Whether a camera's stream lives: by the growth of its bytes, never by "ready", "available" or "online". Pure.
//
// MediaMTX calls a stream available before the camera has sent anything, keeps one that sends only RTCP available for
// ever, and calls unreachable cameras online (v1.20.1, observed). Counters restart at 0 with every connection.
#pragma once

#include <gatehouse/catalogue.h>
#include <gatehouse/clock.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "api_json.h"

namespace gatehouse::mediamtx {

// What is known of one path; carried from look to look.
struct PathHealth {
    CameraLive::State state = CameraLive::State::kUnknown;
    UtcTime since;      // of the state
    std::string cause;  // plain words while not live
    std::uint64_t bytes = 0;
    std::string available_time;
    bool seen_available = false;  // `bytes` and `available_time` are of this connection
    MonotonicTime grew_at{};      // last look that saw growth
    bool ever_grew = false;
    MonotonicTime watched_since{};  // of these settings: a camera gets its time to connect
    MonotonicTime renewed_at{};     // MediaMTX was told to connect it anew, for a reason of ours; 0: never
    std::uint64_t reconnects = 0;
    int width = 0, height = 0;
    std::string video_track, audio_track;
};

struct PathLook {
    const PathItem* item = nullptr;  // null: MediaMTX does not list the path
    bool on_demand = false;          // nobody watching is no fault
    std::string cause;               // from the log; empty: unknown
    MonotonicTime now{};
    UtcTime utc;
};

inline constexpr std::chrono::seconds kStallTolerance{6};    // without growth a live stream is no longer live
inline constexpr std::chrono::seconds kConnectPatience{12};  // "connecting" before it is "offline"

// The next state. True: the state changed.
bool look_at(PathHealth& health, const PathLook& look);
// MediaMTX does not answer: `state` is what that says of its cameras. True: the state changed.
bool lose_sight(PathHealth& health, CameraLive::State state, const std::string& cause, UtcTime utc);

}  // namespace gatehouse::mediamtx
