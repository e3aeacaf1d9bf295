#include "encoder_source.hpp"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include <cmath>
#include <span>
#include <stdexcept>

#include "raster.hpp"

namespace gatehouse::simcam {
namespace {

std::string encoder_description(const VideoOptions& video) {
    const auto gop_frames = std::to_string(std::max(1L, std::lround(video.gop_s * video.fps)));
    const std::string bitrate = std::to_string(video.bitrate_kbps);
    const std::string bframes = std::to_string(video.bframes);
    if (video.codec == Codec::h265) {
        return "x265enc speed-preset=ultrafast key-int-max=" + gop_frames + " bitrate=" + bitrate +
               (video.bframes == 0 ? " tune=zerolatency" : "") + " option-string=\"bframes=" + bframes +
               ":b-adapt=0:scenecut=0:rc-lookahead=" + std::to_string(video.bframes + 1) +
               ":pools=1:frame-threads=1:open-gop=0:log-level=0\" ! h265parse config-interval=-1 ! "
               "video/x-h265,stream-format=byte-stream,alignment=au";
    }
    return "x264enc speed-preset=ultrafast threads=1 byte-stream=true key-int-max=" + gop_frames +
           " bitrate=" + bitrate +
           (video.bframes == 0 ? " tune=zerolatency"
                               : " b-adapt=false rc-lookahead=0 sync-lookahead=0 mb-tree=false bframes=" + bframes) +
           " option-string=\"scenecut=0\" ! h264parse config-interval=-1 ! "
           "video/x-h264,stream-format=byte-stream,alignment=au";
}

GstFlowReturn pull_sample(GstAppSink* sink, gpointer source) {
    const SamplePtr sample(gst_app_sink_pull_sample(sink));
    if (!sample) return GST_FLOW_EOS;
    static_cast<EncoderSource*>(source)->on_sample(sample.get());
    return GST_FLOW_OK;
}

}  // namespace

EncoderSource::EncoderSource(std::uint8_t camera, const VideoOptions& video, Deliver deliver)
    : video_(video), deliver_(std::move(deliver)), pictures_(camera) {}

EncoderSource::~EncoderSource() { stop(); }

void EncoderSource::start(SteadyTime now) {
    stop();
    const std::string raw = "video/x-raw,format=I420,width=" + std::to_string(video_.width) +
                            ",height=" + std::to_string(video_.height) + ",framerate=" + std::to_string(video_.fps) +
                            "/1,pixel-aspect-ratio=1/1,colorimetry=bt709";
    const std::string description = "appsrc name=in format=time max-buffers=8 leaky-type=downstream caps=\"" + raw +
                                    "\" ! " + encoder_description(video_) +
                                    " ! appsink name=out sync=false max-buffers=64";
    GError* error = nullptr;
    pipeline_.reset(gst_parse_launch(description.c_str(), &error));
    const ErrorPtr owned(error);
    if (error != nullptr) throw std::runtime_error(std::string("encoder: ") + error->message);
    auto* bin = gobject_cast<GstBin>(pipeline_.get());
    input_.reset(gst_bin_get_by_name(bin, "in"));
    const ObjectPtr<GstElement> output(gst_bin_get_by_name(bin, "out"));
    GstAppSinkCallbacks callbacks{};
    callbacks.new_sample = &pull_sample;
    gst_app_sink_set_callbacks(gobject_cast<GstAppSink>(output.get()), &callbacks, this, nullptr);
    started_ = now;
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
}

void EncoderSource::stop() {
    if (!pipeline_) return;
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    input_.reset();
    pipeline_.reset();
}

BufferPtr EncoderSource::draw(SteadyTime due) {
    const CellPicture picture = pictures_.next(video_.width, video_.height, due);
    BufferPtr buffer(gst_buffer_new_allocate(nullptr, i420_bytes(video_.width, video_.height), nullptr));
    GstMapInfo map;
    if (!buffer || gst_buffer_map(buffer.get(), &map, GST_MAP_WRITE) == FALSE) return nullptr;
    rasterise(picture, video_.width, video_.height, pictures_.frame(), std::span(map.data, map.size));
    gst_buffer_unmap(buffer.get(), &map);
    GST_BUFFER_PTS(buffer.get()) = static_cast<GstClockTime>(steady_ns(due) - steady_ns(started_));
    GST_BUFFER_DURATION(buffer.get()) = GST_SECOND / static_cast<GstClockTime>(video_.fps);
    return buffer;
}

SteadyTime EncoderSource::tick(SteadyTime due) {
    if (input_) {
        if (BufferPtr buffer = draw(due))
            gst_app_src_push_buffer(gobject_cast<GstAppSrc>(input_.get()), buffer.release());
    }
    return due + std::chrono::nanoseconds(1'000'000'000 / video_.fps);
}

void EncoderSource::reconfigure(const VideoOptions& video) {
    const bool running = pipeline_ != nullptr;
    video_ = video;
    if (running) start(std::chrono::steady_clock::now());
}

void EncoderSource::on_sample(GstSample* sample) {
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    const GstSegment* segment = gst_sample_get_segment(sample);
    if (buffer == nullptr || segment == nullptr) return;
    const GstClockTime running = gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
    if (!GST_CLOCK_TIME_IS_VALID(running)) return;
    deliver_(AccessUnit{.buffer = buffer, .capture_ns = steady_ns(started_) + static_cast<std::int64_t>(running)});
}

}  // namespace gatehouse::simcam
