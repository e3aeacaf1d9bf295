#pragma once

#include <chrono>
#include <functional>

#include "gst_ptr.hpp"
#include "options.hpp"

namespace gatehouse::simcam {

using SteadyTime = std::chrono::steady_clock::time_point;

// One coded picture, Annex B, parameter sets before every keyframe.
struct AccessUnit {
    GstBuffer* buffer;        // borrowed for the call; never written to, copies share its memory
    std::int64_t capture_ns;  // steady clock, when it was to be shown; not monotonic with B-frames
};

// Makes access units at the pace of tick(). Not thread-safe, except that `deliver` may be called on a thread of the
// source's own; after stop() has returned it is not called any more.
class VideoSource {
public:
    using Deliver = std::function<void(const AccessUnit&)>;

    virtual ~VideoSource() = default;
    virtual void start(SteadyTime now) = 0;  // the next access unit is a keyframe
    virtual void stop() = 0;
    // Makes the picture that was due at `due`; returns when the next one is.
    virtual SteadyTime tick(SteadyTime due) = 0;
    // Throws std::invalid_argument when this source cannot do it.
    virtual void set_frozen(bool frozen) = 0;
    virtual void reconfigure(const VideoOptions& video) = 0;
    virtual VideoOptions video() const = 0;
};

std::uint64_t utc_ms_at(SteadyTime time);
std::int64_t steady_ns(SteadyTime time);

}  // namespace gatehouse::simcam
