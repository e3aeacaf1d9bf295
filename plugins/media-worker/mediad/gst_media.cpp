#include "gst_media.h"

#include <algorithm>
#include <span>

#include "utc.h"

namespace gatehouse::mediad {
namespace {

std::string text_field(const GstStructure* s, const char* name) {
    const char* value = gst_structure_get_string(s, name);
    return value == nullptr ? std::string() : std::string(value);
}

/// Calls `use` with the bytes of the caps' codec_data; false without one.
template <class Use>
bool with_codec_data(const GstStructure* s, Use use) {
    const GValue* value = gst_structure_get_value(s, "codec_data");
    if (value == nullptr || !GST_VALUE_HOLDS_BUFFER(value)) return false;
    GstMapInfo map{};
    GstBuffer* buffer = gst_value_get_buffer(value);
    if (gst_buffer_map(buffer, &map, GST_MAP_READ) == FALSE) return false;
    const bool used = use(std::as_bytes(std::span(map.data, map.size)));
    gst_buffer_unmap(buffer, &map);
    return used;
}

}  // namespace

OfferedTrack offered_track(const GstCaps* rtp_caps) {
    if (rtp_caps == nullptr || gst_caps_is_empty(rtp_caps) != FALSE || gst_caps_is_any(rtp_caps) != FALSE) return {};
    const GstStructure* s = gst_caps_get_structure(rtp_caps, 0);
    OfferedTrack track{text_field(s, "media"), text_field(s, "encoding-name")};
    std::transform(track.encoding.begin(), track.encoding.end(), track.encoding.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return track;
}

TrackElements elements_for(const OfferedTrack& track) {
    if (track.media == "video" && track.encoding == "H264")
        return {"rtph264depay", "h264parse", "video/x-h264,stream-format=avc,alignment=au"};
    if (track.media == "video" && track.encoding == "H265")
        return {"rtph265depay", "h265parse", "video/x-h265,stream-format=hvc1,alignment=au"};
    // The depayloaders split packets into raw AAC frames and declare the configuration; a parser would add nothing.
    if (track.media == "audio" && track.encoding == "MPEG4-GENERIC") return {"rtpmp4gdepay", nullptr, "audio/mpeg"};
    if (track.media == "audio" && track.encoding == "MP4A-LATM") return {"rtpmp4adepay", nullptr, "audio/mpeg"};
    return {};
}

bool report_caps(const GstCaps* caps, MediaSink& sink) {
    const GstStructure* s = gst_caps_get_structure(caps, 0);
    const std::string name = gst_structure_get_name(s);
    return with_codec_data(s, [&](std::span<const std::byte> record) {
        if (name == "audio/mpeg") {
            auto config = audio_config_from_asc(record);
            if (config) sink.audio_config(std::move(*config));
            return config.has_value();
        }
        auto config = name == "video/x-h264" ? video_config_from_avcc(record) : video_config_from_hvcc(record);
        if (config) sink.video_config(std::move(*config));
        return config.has_value();
    });
}

void report_buffer(GstBuffer* buffer, Track track, MediaSink& sink) {
    GstMapInfo map{};
    if (gst_buffer_map(buffer, &map, GST_MAP_READ) == FALSE) return;
    AccessUnit unit;
    unit.track = track;
    unit.pts_ns = GST_BUFFER_PTS_IS_VALID(buffer) ? static_cast<std::int64_t>(GST_BUFFER_PTS(buffer)) : kNoTime;
    unit.arrival_us = utc_now_us();
    unit.keyframe = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    unit.bytes = std::as_bytes(std::span(map.data, map.size));
    sink.unit(unit);
    gst_buffer_unmap(buffer, &map);
}

}  // namespace gatehouse::mediad
