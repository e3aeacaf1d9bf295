#include "rtspsrc_receiver.h"

#include <gst/app/gstappsink.h>
#include <gst/rtsp/gstrtsptransport.h>

#include <atomic>
#include <string>

#include "causes.h"
#include "gst_media.h"

namespace gatehouse::mediad {
namespace {

constexpr guint64 kRequestTimeoutUs = 5'000'000;
constexpr guint kUdpLatencyMs = 200;

/// Lives as long as the pipeline: its callbacks may run until the pipeline is gone.
struct Session {
    explicit Session(std::shared_ptr<MediaSink> s) : sink(std::move(s)) {}

    void connect() {
        if (!connected.exchange(true)) sink->connected();
    }

    void fail(Failure f) {
        if (!failed.exchange(true)) sink->failed(std::move(f));
    }

    std::shared_ptr<MediaSink> sink;
    GstElement* pipeline = nullptr;  // not owned: the pipeline owns the session
    std::atomic<bool> connected{false};
    std::atomic<bool> failed{false};
    std::atomic<bool> has_video{false};
    std::atomic<bool> has_audio{false};
    std::string refused_video;
};

Session& session_of(gpointer data) { return *static_cast<Session*>(data); }

gboolean on_select_stream(GstElement*, guint, GstCaps* caps, gpointer data) {
    Session& session = session_of(data);
    const OfferedTrack track = offered_track(caps);
    const bool usable = elements_for(track).depay != nullptr;
    if (track.media == "video") {
        if (!usable) session.refused_video = track.encoding;
        return usable && !session.has_video.exchange(true) ? TRUE : FALSE;
    }
    if (track.media != "audio") return FALSE;
    if (!usable) session.sink->note("audio " + track.encoding + " is not passed on, only AAC is");
    return usable && !session.has_audio.exchange(true) ? TRUE : FALSE;
}

GstFlowReturn on_sample(GstAppSink* appsink, gpointer data) {
    const GstRef<GstSample> sample(gst_app_sink_pull_sample(appsink));
    GstBuffer* buffer = sample ? gst_sample_get_buffer(sample.get()) : nullptr;
    if (buffer == nullptr) return GST_FLOW_OK;
    const bool video = g_object_get_data(G_OBJECT(appsink), "video") != nullptr;
    report_buffer(buffer, video ? Track::video : Track::audio, *session_of(data).sink);
    return GST_FLOW_OK;
}

gboolean on_event(GstAppSink* appsink, gpointer data) {
    GstMiniObject* object = gst_app_sink_pull_object(appsink);
    if (object != nullptr && GST_IS_EVENT(object) && GST_EVENT_TYPE(GST_EVENT(object)) == GST_EVENT_CAPS) {
        GstCaps* now = nullptr;
        gst_event_parse_caps(GST_EVENT(object), &now);
        static_cast<void>(report_caps(now, *session_of(data).sink));
    }
    if (object != nullptr) gst_mini_object_unref(object);
    return TRUE;
}

GstElement* add(GstBin* bin, const char* factory) {
    GstElement* element = gst_element_factory_make(factory, nullptr);
    if (element != nullptr) gst_bin_add(bin, element);
    return element;
}

GstElement* add_sink(Session& session, GstBin* bin, const TrackElements& kinds, bool video) {
    GstElement* appsink = add(bin, "appsink");
    if (appsink == nullptr) return nullptr;
    const GstRef<GstCaps> caps(gst_caps_from_string(kinds.caps));
    g_object_set(appsink, "sync", FALSE, "async", FALSE, "max-buffers", 64U, "enable-last-sample", FALSE, "caps",
                 caps.get(), nullptr);
    if (video) g_object_set_data(G_OBJECT(appsink), "video", appsink);
    GstAppSinkCallbacks callbacks{};
    callbacks.new_sample = on_sample;
    callbacks.new_event = on_event;
    gst_app_sink_set_callbacks(GST_APP_SINK(appsink), &callbacks, &session, nullptr);
    return appsink;
}

GstPadProbeReturn on_video_packet(GstPad*, GstPadProbeInfo*, gpointer data) {
    session_of(data).sink->video_packet();
    return GST_PAD_PROBE_OK;
}

struct Held {
    Session* session;
    std::size_t most;
    std::atomic<std::size_t> bytes{0};
};

GstPadProbeReturn on_packet_in(GstPad*, GstPadProbeInfo* info, gpointer data) {
    Held& held = *static_cast<Held*>(data);
    GstBuffer* buffer = gst_pad_probe_info_get_buffer(info);
    GstBufferList* list = gst_pad_probe_info_get_buffer_list(info);
    const std::size_t bytes = buffer != nullptr ? gst_buffer_get_size(buffer)
                              : list != nullptr ? gst_buffer_list_calculate_size(list)
                                                : 0;
    if ((held.bytes += bytes) <= held.most) return GST_PAD_PROBE_OK;
    held.session->fail(failure(Cause::bad_stream, "pieces of a picture or sound that never ends"));
    return GST_PAD_PROBE_DROP;
}

GstPadProbeReturn on_unit_out(GstPad*, GstPadProbeInfo*, gpointer data) {
    static_cast<Held*>(data)->bytes = 0;
    return GST_PAD_PROBE_OK;
}

/// Ends a session whose depayloader only takes. The count is the depayloader's, which lives as long as the session.
void bound_memory(GstPad* in, GstElement* depay, Track track, Session& session) {
    Held* held = std::make_unique<Held>(&session, most_held_bytes(track)).release();
    g_object_set_data_full(G_OBJECT(depay), "held", held,
                           [](gpointer data) { std::default_delete<Held>()(static_cast<Held*>(data)); });
    const GstRef<GstPad> out(gst_element_get_static_pad(depay, "src"));
    constexpr auto kData = static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);
    gst_pad_add_probe(in, kData, on_packet_in, held, nullptr);
    gst_pad_add_probe(out.get(), kData, on_unit_out, held, nullptr);
}

/// The pad comes with the first packet. The signal "no-more-pads" would wait for sound too, which may never come.
void on_video_pad(GstPad* pad, Session& session) {
    constexpr auto kPackets = static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);
    gst_pad_add_probe(pad, kPackets, on_video_packet, &session, nullptr);
    session.connect();
}

/// rtspsrc's new pad ! depay ! parse ! appsink
void on_pad_added(GstElement*, GstPad* pad, gpointer data) {
    Session& session = session_of(data);
    const GstRef<GstCaps> caps(gst_pad_get_current_caps(pad));
    const OfferedTrack track = offered_track(caps.get());
    const TrackElements kinds = elements_for(track);
    if (kinds.depay == nullptr) return;
    GstBin* bin = GST_BIN(session.pipeline);
    GstElement* depay = add(bin, kinds.depay);
    GstElement* parse = kinds.parse != nullptr ? add(bin, kinds.parse) : depay;
    GstElement* appsink = add_sink(session, bin, kinds, track.media == "video");
    bool linked =
        depay != nullptr && parse != nullptr && appsink != nullptr && gst_element_link(parse, appsink) != FALSE;
    if (linked && parse != depay) linked = gst_element_link(depay, parse) != FALSE;
    if (linked) {
        bound_memory(pad, depay, track.media == "video" ? Track::video : Track::audio, session);
        for (GstElement* element : {appsink, parse, depay}) gst_element_sync_state_with_parent(element);
        const GstRef<GstPad> target(gst_element_get_static_pad(depay, "sink"));
        linked = gst_pad_link(pad, target.get()) == GST_PAD_LINK_OK;
    }
    if (!linked)
        session.fail(failure(Cause::bad_stream, "the GStreamer elements for " + track.encoding + " cannot be used"));
    else if (track.media == "video")
        on_video_pad(pad, session);
}

void on_no_more_pads(GstElement*, gpointer data) {
    Session& session = session_of(data);
    if (session.has_video) return session.connect();
    if (session.refused_video.empty()) return session.fail(failure(Cause::no_video));
    session.fail(failure(Cause::unsupported_codec,
                         "the camera sends " + session.refused_video + " video; only H.264 and H.265 can be shown"));
}

Failure failure_of(GstMessage* message, const Session& session) {
    GError* error = nullptr;
    gchar* debug = nullptr;
    gst_message_parse_error(message, &error, &debug);
    const std::string text = std::string(error->message) + " " + (debug == nullptr ? "" : debug);
    Failure result = failure_from_text(text);
    if (error->domain == GST_RESOURCE_ERROR && error->code == GST_RESOURCE_ERROR_NOT_AUTHORIZED)
        result = failure(Cause::wrong_credentials);
    if (error->domain == GST_RESOURCE_ERROR && error->code == GST_RESOURCE_ERROR_NOT_FOUND)
        result = failure(Cause::not_found);
    if (error->domain == GST_STREAM_ERROR && !session.has_video)
        result = session.refused_video.empty() ? failure(Cause::no_video) : failure(Cause::unsupported_codec);
    g_error_free(error);
    g_free(debug);
    return result;
}

GstBusSyncReply on_message(GstBus*, GstMessage* message, gpointer data) {
    Session& session = session_of(data);
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) session.fail(failure_of(message, session));
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) session.fail(failure(Cause::ended));
    gst_message_unref(message);
    return GST_BUS_DROP;
}

/// Time stamps are not to be moved by sender reports in the middle of a run; RTP-Info aligns the tracks at the start.
/// Over UDP everybody who knows the port may send, and each new SSRC costs a jitter buffer and two threads for ever.
void on_new_manager(GstElement*, GstElement* manager, gpointer) {
    g_object_set(manager, "max-streams", 4U, nullptr);
    gst_util_set_object_arg(G_OBJECT(manager), "rtcp-sync", "rtp-info");
}

void set_up_source(GstElement* rtspsrc, const Source& source) {
    // Only the time stamps of RTP are used, unsmoothed: the fragment maker wants the camera's own clock.
    g_object_set(rtspsrc, "location", source.url.c_str(), "user-agent", "Gatehouse/" GATEHOUSE_VERSION, "tcp-timeout",
                 kRequestTimeoutUs, "timeout", kRequestTimeoutUs, "latency", source.udp ? kUdpLatencyMs : 0U,
                 "buffer-mode", 0, "drop-on-latency", FALSE, "do-retransmission", FALSE, "udp-reconnect", FALSE,
                 "teardown-timeout", guint64{100'000'000}, "tls-validation-flags", 0, nullptr);
    gst_util_set_object_arg(G_OBJECT(rtspsrc), "protocols", source.udp ? "udp" : "tcp");
    if (!source.user.empty())
        g_object_set(rtspsrc, "user-id", source.user.c_str(), "user-pw", source.password.c_str(), nullptr);
}

class RtspsrcReceiver final : public Receiver {
public:
    RtspsrcReceiver(const Source& source, std::shared_ptr<MediaSink> sink) : pipeline_(gst_pipeline_new(nullptr)) {
        auto owned = std::make_unique<Session>(std::move(sink));
        Session* session = owned.get();
        session->pipeline = pipeline_;
        g_object_set_data_full(G_OBJECT(pipeline_), "session", owned.release(),
                               [](gpointer data) { std::unique_ptr<Session>(static_cast<Session*>(data)).reset(); });
        GstElement* rtspsrc = add(GST_BIN(pipeline_), "rtspsrc");
        if (rtspsrc == nullptr) {
            session->fail(failure(Cause::bad_stream, "GStreamer's rtspsrc is not installed"));
            return;
        }
        set_up_source(rtspsrc, source);
        g_signal_connect(rtspsrc, "select-stream", G_CALLBACK(on_select_stream), session);
        g_signal_connect(rtspsrc, "new-manager", G_CALLBACK(on_new_manager), nullptr);
        g_signal_connect(rtspsrc, "pad-added", G_CALLBACK(on_pad_added), session);
        g_signal_connect(rtspsrc, "no-more-pads", G_CALLBACK(on_no_more_pads), session);
        const GstRef<GstBus> bus(gst_element_get_bus(pipeline_));
        gst_bus_set_sync_handler(bus.get(), on_message, session, nullptr);
        if (gst_element_set_state(pipeline_, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
            session->fail(failure(Cause::bad_url));
    }

    /// Stopping may wait for the camera, so it is done on GStreamer's own helper thread.
    ~RtspsrcReceiver() override {
        gst_element_call_async(
            pipeline_, [](GstElement* pipeline, gpointer) { gst_element_set_state(pipeline, GST_STATE_NULL); }, nullptr,
            nullptr);
        gst_object_unref(pipeline_);
    }
    RtspsrcReceiver(const RtspsrcReceiver&) = delete;
    RtspsrcReceiver& operator=(const RtspsrcReceiver&) = delete;

private:
    GstElement* pipeline_;
};

}  // namespace

std::unique_ptr<Receiver> make_rtspsrc_receiver(const Source& source, std::shared_ptr<MediaSink> sink) {
    return std::make_unique<RtspsrcReceiver>(source, std::move(sink));
}

}  // namespace gatehouse::mediad
