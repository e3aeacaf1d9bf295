#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "gst_media.h"
#include "rtp_clock.h"

namespace gatehouse::mediad {

/// A track as it was set up with the camera.
struct TrackSetup {
    GstRef<GstCaps> rtp_caps;
    Track track = Track::video;
    std::uint8_t channel = 0;  ///< of its RTP packets; RTCP has the next
    std::uint8_t payload_type = 0;
    std::uint32_t clock_rate_hz = 90'000;
    std::optional<std::uint32_t> rtp_origin;  ///< from RTP-Info
};

/// Turns the RTP packets of one track into access units on the calling thread: GStreamer's depayloader and parser,
/// pushed into directly, without a pipeline, a queue or a thread. Not thread-safe.
class RtpTrack {
public:
    /// Throws std::runtime_error when GStreamer lacks an element.
    RtpTrack(TrackSetup setup, MediaSink& sink);
    ~RtpTrack();
    RtpTrack(const RtpTrack&) = delete;
    RtpTrack& operator=(const RtpTrack&) = delete;

    std::uint8_t channel() const noexcept { return setup_.channel; }
    Track track() const noexcept { return setup_.track; }

    /// Calls the sink. Packets that are malformed or of another payload type are ignored.
    void push(std::span<const std::byte> packet, std::int64_t since_play_ns);

private:
    void begin_stream();
    void start_over();

    TrackSetup setup_;
    MediaSink& sink_;
    RtpClock clock_;
    std::optional<std::uint32_t> ssrc_;
    std::size_t held_bytes_ = 0;  ///< pushed since something came out
    GstRef<GstElement> depay_;
    GstRef<GstElement> parse_;
    GstRef<GstPad> in_;
    GstRef<GstPad> out_;
};

}  // namespace gatehouse::mediad
