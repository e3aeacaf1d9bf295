#include "clip.hpp"

#include <gst/app/gstappsink.h>

#include <stdexcept>

namespace gatehouse::simcam {
namespace {

constexpr std::size_t kMaxClipBytes = std::size_t{512} << 20U;

// The next sample; empty at the end, on an error or when nothing comes for 5 s.
SamplePtr next_sample(GstElement* pipeline, GstAppSink* sink) {
    constexpr int kTries = 50;
    const ObjectPtr<GstBus> bus(gst_element_get_bus(pipeline));
    for (int i = 0; i < kTries && gst_app_sink_is_eos(sink) == FALSE; ++i) {
        SamplePtr sample(gst_app_sink_try_pull_sample(sink, 100 * GST_MSECOND));
        if (sample) return sample;
        GstMessage* failure = gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR);
        if (failure == nullptr) continue;
        gst_message_unref(failure);
        break;
    }
    return nullptr;
}

// Reads the file as `codec`; a clip without units when it has no such track.
Clip read_as(const std::string& file, Codec codec) {
    const std::string name = codec == Codec::h265 ? "h265" : "h264";
    const std::string description =
        "filesrc name=file ! qtdemux ! " + name + "parse config-interval=-1 ! video/x-" + name +
        ",stream-format=byte-stream,alignment=au ! appsink name=out sync=false max-buffers=64";
    GError* error = nullptr;
    const ObjectPtr<GstElement> pipeline(gst_parse_launch(description.c_str(), &error));
    const ErrorPtr owned(error);
    if (error != nullptr) throw std::runtime_error(std::string("clip: ") + error->message);
    auto* bin = gobject_cast<GstBin>(pipeline.get());
    const ObjectPtr<GstElement> source(gst_bin_get_by_name(bin, "file"));
    const ObjectPtr<GstElement> output(gst_bin_get_by_name(bin, "out"));
    auto* sink = gobject_cast<GstAppSink>(output.get());
    g_object_set(source.get(), "location", file.c_str(), nullptr);
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    Clip clip;
    clip.codec = codec;
    std::size_t bytes = 0;
    std::int64_t first_ns = -1;
    while (const SamplePtr sample = next_sample(pipeline.get(), sink)) {
        GstBuffer* buffer = gst_sample_get_buffer(sample.get());
        bytes += gst_buffer_get_size(buffer);
        if (bytes > kMaxClipBytes) break;
        const auto decode_ns = static_cast<std::int64_t>(GST_BUFFER_DTS_OR_PTS(buffer));
        const auto present_ns = static_cast<std::int64_t>(GST_BUFFER_PTS(buffer));
        const bool keyframe = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
        if (clip.units.empty() && !keyframe) continue;
        if (first_ns < 0) first_ns = decode_ns;
        clip.units.push_back({BufferPtr(gst_buffer_ref(buffer)), decode_ns - first_ns, present_ns - first_ns});
    }
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    if (bytes > kMaxClipBytes) throw std::runtime_error("clip: " + file + " is longer than 512 MiB");
    return clip;
}

}  // namespace

std::shared_ptr<const Clip> load_clip(const std::string& file) {
    Clip clip = read_as(file, Codec::h264);
    if (clip.units.empty()) clip = read_as(file, Codec::h265);
    if (clip.units.size() < 2) throw std::runtime_error("clip: no H.264 or H.265 track in " + file);
    const auto last = clip.units.back().decode_ns;
    clip.duration_ns = last + last / static_cast<std::int64_t>(clip.units.size() - 1);
    return std::make_shared<const Clip>(std::move(clip));
}

void ClipSource::start(SteadyTime now) {
    next_ = 0;
    loop_started_ = now;
}

SteadyTime ClipSource::tick(SteadyTime due) {
    const Clip::Unit& unit = clip_->units[next_];
    // After a lag the frame clock is ahead of the clip; the clip follows.
    loop_started_ = std::max(loop_started_, due - std::chrono::nanoseconds(unit.decode_ns));
    deliver_(AccessUnit{.buffer = unit.buffer.get(), .capture_ns = steady_ns(loop_started_) + unit.present_ns});
    if (++next_ == clip_->units.size()) {
        next_ = 0;
        loop_started_ += std::chrono::nanoseconds(clip_->duration_ns);
    }
    return loop_started_ + std::chrono::nanoseconds(clip_->units[next_].decode_ns);
}

void ClipSource::set_frozen(bool frozen) {
    if (frozen) throw std::invalid_argument("a clip cannot freeze");
}

void ClipSource::reconfigure(const VideoOptions&) { throw std::invalid_argument("a clip cannot change"); }

}  // namespace gatehouse::simcam
