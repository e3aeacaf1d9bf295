#include "rtsp_stream.hpp"

#include <gst/app/gstappsrc.h>

#include <span>

#include "annex_b.hpp"

namespace gatehouse::simcam {
namespace {

constexpr std::uint32_t kVideoClockHz = 90'000;
constexpr std::uint32_t kAacClockHz = 16'000;
constexpr std::uint32_t kPcmaClockHz = 8'000;
constexpr std::uint32_t kSecondsToWrap = 5;

// What a signal handler knows of a stream; the server's threads may still emit signals while the stream goes away.
using Handle = std::weak_ptr<RtspStream>;

void configure_thunk(GstRTSPMediaFactory*, GstRTSPMedia* media, gpointer handle) {
    if (const auto stream = static_cast<Handle*>(handle)->lock()) stream->on_configure(media);
}

void unprepared_thunk(GstRTSPMedia* media, gpointer handle) {
    if (const auto stream = static_cast<Handle*>(handle)->lock()) stream->on_unprepared(media);
}

void connect_signal(gpointer object, const char* name, GCallback callback, Handle stream) {
    const auto destroy = [](gpointer handle, GClosure*) {
        std::unique_ptr<Handle>(static_cast<Handle*>(handle)).reset();
    };
    auto handle = std::make_unique<Handle>(std::move(stream));
    g_signal_connect_data(object, name, callback, handle.release(), destroy, G_CONNECT_DEFAULT);
}

const char* audio_launch(Audio audio) {
    switch (audio) {
        case Audio::aac:
            return " audiotestsrc is-live=true wave=ticks samplesperbuffer=1024 ! audio/x-raw,rate=16000,channels=1 ! "
                   "audioconvert ! avenc_aac bitrate=32000 ! rtpmp4gpay name=pay1 pt=97";
        case Audio::pcma:
            return " audiotestsrc is-live=true wave=ticks samplesperbuffer=320 ! audio/x-raw,rate=8000,channels=1 ! "
                   "alawenc ! rtppcmapay name=pay1 pt=8";
        case Audio::none:
            break;
    }
    return "";
}

}  // namespace

RtspStream::RtspStream(std::string path, const CameraOptions& camera, Codec codec, const MakeSource& make_source,
                       std::shared_ptr<const RtpFaults> faults)
    : path_(std::move(path)),
      camera_(camera),
      codec_(codec),
      faults_(std::move(faults)),
      source_(make_source([this](const AccessUnit& unit) { deliver(unit); })) {}

std::string RtspStream::launch_line() const {
    const std::string payloader = codec_ == Codec::h265 ? "rtph265pay" : "rtph264pay";
    return "( appsrc name=video is-live=true format=time do-timestamp=false max-buffers=120 leaky-type=downstream ! " +
           payloader + " name=pay0 pt=96 config-interval=-1" + audio_launch(camera_.audio) + " )";
}

void RtspStream::mount(GstRTSPServer* server) {
    GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_launch(factory, launch_line().c_str());
    // Not shared: a viewer who comes while the last one leaves would be given the media that is being torn down, and
    // 503.
    gst_rtsp_media_factory_set_shared(factory, FALSE);
    const ObjectPtr<GstClock> clock(gst_system_clock_obtain());
    gst_rtsp_media_factory_set_clock(factory, clock.get());
    connect_signal(factory, "media-configure", reinterpret_cast<GCallback>(&configure_thunk), weak_from_this());
    if (camera_.auth != Auth::none) {
        gst_rtsp_media_factory_add_role(factory, "viewer", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
                                        GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, nullptr);
    }
    const ObjectPtr<GstRTSPMountPoints> mounts(gst_rtsp_server_get_mount_points(server));
    gst_rtsp_mount_points_add_factory(mounts.get(), path_.c_str(), factory);
}

void RtspStream::prepare_payloader(GstBin* bin, const char* name, std::uint32_t clock_rate_hz, int units_per_packet) {
    const ObjectPtr<GstElement> payloader(gst_bin_get_by_name(bin, name));
    if (!payloader) return;
    if (wrap_next_) {
        const auto offset = static_cast<guint>(0U - kSecondsToWrap * clock_rate_hz);
        g_object_set(payloader.get(), "timestamp-offset", offset, nullptr);
    }
    const ObjectPtr<GstPad> pad(gst_element_get_static_pad(payloader.get(), "src"));
    refuse_seeking(pad.get());
    if (units_per_packet > 1) attach_aac_packing(pad.get(), units_per_packet);
    attach_rtp_faults(pad.get(), clock_rate_hz, faults_);
}

void RtspStream::on_configure(GstRTSPMedia* media) {
    ObjectPtr<GstElement> element(gst_rtsp_media_get_element(media));
    auto* bin = gobject_cast<GstBin>(element.get());
    ObjectPtr<GstElement> input(gst_bin_get_by_name(bin, "video"));
    const char* type = codec_ == Codec::h265 ? "video/x-h265" : "video/x-h264";
    const CapsPtr caps(gst_caps_new_simple(type, "stream-format", G_TYPE_STRING, "byte-stream", "alignment",
                                           G_TYPE_STRING, "au", nullptr));
    g_object_set(input.get(), "caps", caps.get(), nullptr);
    prepare_payloader(bin, "pay0", kVideoClockHz, 1);
    prepare_payloader(bin, "pay1", camera_.audio == Audio::pcma ? kPcmaClockHz : kAacClockHz,
                      camera_.audio == Audio::aac ? camera_.aac_units : 1);
    wrap_next_ = false;
    connect_signal(media, "unprepared", reinterpret_cast<GCallback>(&unprepared_thunk), weak_from_this());
    const std::lock_guard lock(feeds_mutex_);
    feeds_.push_back({media, std::move(element), std::move(input), false});
}

void RtspStream::on_unprepared(GstRTSPMedia* media) {
    std::list<Feed> gone;  // released outside the lock
    const std::lock_guard lock(feeds_mutex_);
    for (auto feed = feeds_.begin(); feed != feeds_.end();) {
        const auto next = std::next(feed);
        if (feed->media == media) gone.splice(gone.end(), feeds_, feed);
        feed = next;
    }
}

bool RtspStream::somebody_watches() {
    const std::lock_guard lock(feeds_mutex_);
    for (const Feed& feed : feeds_) {
        if (GST_STATE(feed.input.get()) == GST_STATE_PLAYING) return true;
    }
    return false;
}

SteadyTime RtspStream::tick(SteadyTime due) {
    constexpr auto kIdlePoll = std::chrono::milliseconds(30);
    const std::lock_guard lock(source_mutex_);
    const bool wanted = source_ && (camera_.warm || somebody_watches());
    if (wanted && !running_) source_->start(due);
    if (!wanted && running_) source_->stop();
    running_ = wanted;
    return running_ ? source_->tick(due) : due + kIdlePoll;
}

void RtspStream::stop() {
    const std::lock_guard lock(source_mutex_);
    source_.reset();
    running_ = false;
}

void RtspStream::remember_parameter_sets(GstBuffer* keyframe) {
    GstMapInfo map;
    if (gst_buffer_map(keyframe, &map, GST_MAP_READ) == FALSE) return;
    const auto sets = parameter_sets(std::span(map.data, map.size), codec_);
    gst_buffer_unmap(keyframe, &map);
    parameter_sets_.reset(gst_buffer_new_memdup(sets.data(), sets.size()));
}

void RtspStream::push(Feed& feed, const AccessUnit& unit, bool keyframe) {
    const std::int64_t pts = unit.capture_ns - static_cast<std::int64_t>(gst_element_get_base_time(feed.input.get()));
    if (pts < 0) return;  // was due before this media started
    GstBuffer* copy = gst_buffer_copy(unit.buffer);
    // A viewer who joins between keyframes gets the parameter sets all the same, in the SDP and in the stream.
    if (!feed.started && !keyframe && parameter_sets_) {
        copy = gst_buffer_append(gst_buffer_copy(parameter_sets_.get()), copy);
    }
    feed.started = true;
    GST_BUFFER_PTS(copy) = static_cast<GstClockTime>(pts);
    GST_BUFFER_DTS(copy) = GST_CLOCK_TIME_NONE;
    gst_app_src_push_buffer(gobject_cast<GstAppSrc>(feed.input.get()), copy);
}

void RtspStream::deliver(const AccessUnit& unit) {
    const bool keyframe = !GST_BUFFER_FLAG_IS_SET(unit.buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    const std::lock_guard lock(feeds_mutex_);
    if (keyframe) remember_parameter_sets(unit.buffer);
    for (Feed& feed : feeds_) {
        if (GST_STATE(feed.input.get()) == GST_STATE_PLAYING) push(feed, unit, keyframe);
    }
}

void RtspStream::set_frozen(bool frozen) {
    const std::lock_guard lock(source_mutex_);
    if (source_) source_->set_frozen(frozen);
}

void RtspStream::reconfigure(const std::function<void(VideoOptions&)>& change) {
    const std::lock_guard lock(source_mutex_);
    if (!source_) return;
    VideoOptions video = source_->video();
    if (!reconfigured_) original_ = video;
    change(video);
    source_->reconfigure(video);
    reconfigured_ = true;
}

void RtspStream::restore() {
    const std::lock_guard lock(source_mutex_);
    if (source_ && reconfigured_) source_->reconfigure(original_);
    reconfigured_ = false;
}

void RtspStream::end_of_stream() {
    const std::lock_guard lock(feeds_mutex_);
    for (const Feed& feed : feeds_) gst_element_send_event(feed.bin.get(), gst_event_new_eos());
}

}  // namespace gatehouse::simcam
