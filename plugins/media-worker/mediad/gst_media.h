#pragma once

#include <gst/gst.h>

#include <memory>
#include <optional>
#include <string>

#include "receiver.h"

/// The few places where GStreamer's values become ours.
namespace gatehouse::mediad {

struct GstUnref {
    void operator()(GstCaps* caps) const { gst_caps_unref(caps); }
    void operator()(GstElement* element) const { gst_object_unref(element); }
    void operator()(GstPad* pad) const { gst_object_unref(pad); }
    void operator()(GstBus* bus) const { gst_object_unref(bus); }
    void operator()(GstSample* sample) const { gst_sample_unref(sample); }
    void operator()(char* text) const { g_free(text); }
};
template <class T>
using GstRef = std::unique_ptr<T, GstUnref>;

/// A track as the camera announces it (application/x-rtp caps, from the SDP).
struct OfferedTrack {
    std::string media;     ///< "video", "audio", ...
    std::string encoding;  ///< upper case: "H264", "MPEG4-GENERIC", ...
};
OfferedTrack offered_track(const GstCaps* rtp_caps);

/// Element names that turn the track's RTP packets into access units; empty `depay`: not supported.
struct TrackElements {
    const char* depay = nullptr;
    const char* parse = nullptr;  ///< may be null
    const char* caps = nullptr;   ///< what the last element must put out
};
TrackElements elements_for(const OfferedTrack& track);

/// What a depayloader may hold of a track before it puts something out. It holds without end what has no end:
/// GStreamer's wait for the RTP marker.
constexpr std::size_t most_held_bytes(Track track) { return track == Track::video ? 16U << 20U : 256U << 10U; }

/// Tells `sink` the configuration in the caps of a finished track. False: they are of no use.
bool report_caps(const GstCaps* caps, MediaSink& sink);

/// Hands one finished buffer to `sink`.
void report_buffer(GstBuffer* buffer, Track track, MediaSink& sink);

}  // namespace gatehouse::mediad
