#pragma once

#include <gst/gst.h>

#include <atomic>
#include <cstdint>
#include <memory>

namespace gatehouse::simcam {

// What is done to the RTP packets of a camera between its payloaders and the network; RTCP is left alone.
struct RtpFaults {
    std::atomic<bool> silent{false};       // drop every packet
    std::atomic<std::int64_t> jump_ms{0};  // added to every RTP timestamp
};

// Applies `faults` to everything that leaves `pad`, a payloader's source pad whose RTP clock runs at `clock_rate_hz`.
void attach_rtp_faults(GstPad* pad, std::uint32_t clock_rate_hz, std::shared_ptr<const RtpFaults> faults);

// Joins `units` (2..8) consecutive packets of rtpmp4gpay (AAC-hbr, one access unit each) into one packet.
void attach_aac_packing(GstPad* pad, int units);

// Answers on behalf of everything before `pad` that it cannot seek: a camera is live. Without it gst-rtsp-server tries
// to seek a test signal at PLAY and answers 503.
void refuse_seeking(GstPad* pad);

}  // namespace gatehouse::simcam
