#include "rtp_track.h"

#include <stdexcept>
#include <string>
#include <utility>

namespace gatehouse::mediad {
namespace {

/// What the out pad needs to know; reached through the pad's private pointer.
struct Outlet {
    MediaSink* sink = nullptr;
    Track track = Track::video;
    std::size_t* held_bytes = nullptr;
};

const Outlet& outlet_of(GstPad* pad) { return *static_cast<const Outlet*>(gst_pad_get_element_private(pad)); }

GstFlowReturn on_buffer(GstPad* pad, GstObject*, GstBuffer* buffer) {
    *outlet_of(pad).held_bytes = 0;
    report_buffer(buffer, outlet_of(pad).track, *outlet_of(pad).sink);
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
}

gboolean on_event(GstPad* pad, GstObject*, GstEvent* event) {
    if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
        GstCaps* caps = nullptr;
        gst_event_parse_caps(event, &caps);
        static_cast<void>(report_caps(caps, *outlet_of(pad).sink));
    }
    gst_event_unref(event);
    return TRUE;
}

GstRef<GstElement> make(const char* factory) {
    GstElement* element = gst_element_factory_make(factory, nullptr);
    if (element == nullptr) throw std::runtime_error(std::string("GStreamer's ") + factory + " is missing");
    gst_object_ref_sink(element);
    return GstRef<GstElement>(element);
}

GstRef<GstPad> make_pad(const char* name, GstPadDirection direction, const char* caps_text) {
    const GstRef<GstCaps> caps(caps_text == nullptr ? gst_caps_new_any() : gst_caps_from_string(caps_text));
    GstPadTemplate* shape = gst_pad_template_new(name, direction, GST_PAD_ALWAYS, caps.get());
    gst_object_ref_sink(shape);
    GstPad* pad = gst_pad_new_from_template(shape, name);
    gst_object_unref(shape);
    gst_object_ref_sink(pad);
    return GstRef<GstPad>(pad);
}

void link(GstPad* from, GstElement* to) {
    const GstRef<GstPad> pad(gst_element_get_static_pad(to, "sink"));
    if (gst_pad_link(from, pad.get()) != GST_PAD_LINK_OK)
        throw std::runtime_error("GStreamer's elements do not fit together");
}

}  // namespace

RtpTrack::RtpTrack(TrackSetup setup, MediaSink& sink)
    : setup_(std::move(setup)), sink_(sink), clock_(setup_.clock_rate_hz, setup_.rtp_origin) {
    const TrackElements kinds = elements_for(offered_track(setup_.rtp_caps.get()));
    if (kinds.depay == nullptr) throw std::runtime_error("a track that cannot be taken apart");
    depay_ = make(kinds.depay);
    if (kinds.parse != nullptr) parse_ = make(kinds.parse);
    GstElement* last = parse_ ? parse_.get() : depay_.get();

    in_ = make_pad("in", GST_PAD_SRC, nullptr);
    out_ = make_pad("out", GST_PAD_SINK, kinds.caps);
    gst_pad_set_element_private(out_.get(),
                                std::make_unique<Outlet>(Outlet{&sink_, setup_.track, &held_bytes_}).release());
    gst_pad_set_chain_function(out_.get(), on_buffer);
    gst_pad_set_event_function(out_.get(), on_event);

    link(in_.get(), depay_.get());
    if (parse_) link(GstRef<GstPad>(gst_element_get_static_pad(depay_.get(), "src")).get(), parse_.get());
    const GstRef<GstPad> end(gst_element_get_static_pad(last, "src"));
    if (gst_pad_link(end.get(), out_.get()) != GST_PAD_LINK_OK)
        throw std::runtime_error("GStreamer's elements do not fit together");

    gst_pad_set_active(out_.get(), TRUE);
    if (parse_) gst_element_set_state(parse_.get(), GST_STATE_PLAYING);
    gst_element_set_state(depay_.get(), GST_STATE_PLAYING);
    gst_pad_set_active(in_.get(), TRUE);
    begin_stream();
}

RtpTrack::~RtpTrack() {
    if (in_) gst_pad_set_active(in_.get(), FALSE);
    if (depay_) gst_element_set_state(depay_.get(), GST_STATE_NULL);
    if (parse_) gst_element_set_state(parse_.get(), GST_STATE_NULL);
    if (!out_) return;
    gst_pad_set_active(out_.get(), FALSE);
    const std::unique_ptr<Outlet> outlet(static_cast<Outlet*>(gst_pad_get_element_private(out_.get())));
}

void RtpTrack::begin_stream() {
    gst_pad_push_event(in_.get(), gst_event_new_stream_start("camera"));
    gst_pad_push_event(in_.get(), gst_event_new_caps(setup_.rtp_caps.get()));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(in_.get(), gst_event_new_segment(&segment));
}

void RtpTrack::push(std::span<const std::byte> packet, std::int64_t since_play_ns) {
    const auto header = parse_rtp_header(packet);
    if (!header || header->payload_type != setup_.payload_type) return;
    if (ssrc_ && *ssrc_ != header->ssrc) {
        // Another source with a clock of its own.
        clock_ = RtpClock(setup_.clock_rate_hz, std::nullopt);
        sink_.discontinuity();
    }
    ssrc_ = header->ssrc;
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, packet.size(), nullptr);
    if (buffer == nullptr) return;
    gst_buffer_fill(buffer, 0, packet.data(), packet.size());
    GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(clock_.to_ns(header->timestamp, since_play_ns));
    held_bytes_ += packet.size();
    gst_pad_push(in_.get(), buffer);
    if (held_bytes_ > most_held_bytes(setup_.track)) start_over();
}

void RtpTrack::start_over() {
    held_bytes_ = 0;
    for (GstElement* element : {depay_.get(), parse_.get()})
        if (element != nullptr) gst_element_set_state(element, GST_STATE_READY);
    for (GstElement* element : {parse_.get(), depay_.get()})
        if (element != nullptr) gst_element_set_state(element, GST_STATE_PLAYING);
    begin_stream();
}

}  // namespace gatehouse::mediad
