#include "rtsp_session.h"

#include <gio/gio.h>
#include <gst/rtsp/gstrtsptransport.h>
#include <gst/rtsp/gstrtspurl.h>
#include <gst/sdp/gstsdpmessage.h>
#include <sys/socket.h>

#include <charconv>
#include <optional>

#include "causes.h"
#include "rtsp_exchange.h"
#include "stream_url.h"
#include "tcp_connect.h"
#include "tcp_keep_alive.h"

namespace gatehouse::mediad {
namespace {

constexpr std::size_t kMaxEarlyBytes = 4 * 1024 * 1024;
constexpr guint kMaxMedias = 32;
constexpr int kMaxMoves = 3;
constexpr guint kMaxBodyBytes = 256 * 1024;  // of an answer: an SDP has a few KiB

struct SdpFree {
    void operator()(GstSDPMessage* sdp) const { gst_sdp_message_free(sdp); }
};
using Sdp = std::unique_ptr<GstSDPMessage, SdpFree>;

struct Place {
    std::string host;
    unsigned port = 554;
    bool operator==(const Place&) const = default;
};

std::optional<Place> place_of(const std::string& url) {
    GstRTSPUrl* parsed = nullptr;
    if (gst_rtsp_url_parse(url.c_str(), &parsed) != GST_RTSP_OK) return std::nullopt;
    guint16 port = 554;
    gst_rtsp_url_get_port(parsed, &port);
    Place place{parsed->host == nullptr ? "" : parsed->host, port};
    gst_rtsp_url_free(parsed);
    if (place.host.empty()) return std::nullopt;
    return place;
}

std::variant<RtspConnection, Failure> connect(const Place& place, std::chrono::milliseconds patience,
                                              const Cancellation& cancel) {
    auto connected = connect_tcp(place.host, place.port, patience, cancel);
    if (auto* trouble = std::get_if<Failure>(&connected)) return std::move(*trouble);
    auto& fd = std::get<UniqueFd>(connected);
    GSocket* socket = g_socket_new_from_fd(fd.get(), nullptr);
    if (socket == nullptr) return failure(Cause::unreachable);
    static_cast<void>(fd.release());
    GstRTSPConnection* raw = nullptr;
    const auto result = gst_rtsp_connection_create_from_socket(socket, place.host.c_str(),
                                                               static_cast<guint16>(place.port), nullptr, &raw);
    g_object_unref(socket);  // the connection has a reference of its own, and closes with the last one
    if (result != GST_RTSP_OK) return failure(Cause::unreachable);
    gst_rtsp_connection_set_content_length_limit(raw, kMaxBodyBytes);
    return RtspConnection(raw);
}

/// RFC 2326, C.1.1, as GStreamer's rtspsrc and the cameras understand it: not RFC 3986, a slash is always put between.
std::string join(const std::string& base, const std::string& control) {
    if (control.empty() || control == "*") return base;
    if (control.starts_with("rtsp://")) return control;
    return base.ends_with('/') || control.starts_with('/') ? base + control : base + "/" + control;
}

std::string text_or_empty(const char* text) { return text == nullptr ? std::string() : std::string(text); }

struct Media {
    std::string control_url;
    TrackSetup setup;
};

std::optional<Media> media_of(const GstSDPMessage& sdp, guint index, const std::string& base) {
    const GstSDPMedia* media = gst_sdp_message_get_media(&sdp, index);
    if (gst_sdp_media_formats_len(media) == 0) return std::nullopt;
    const std::string format = text_or_empty(gst_sdp_media_get_format(media, 0));
    int payload_type = 0;
    if (std::from_chars(format.data(), format.data() + format.size(), payload_type).ec != std::errc() ||
        payload_type < 0 || payload_type > 127)
        return std::nullopt;
    GstRef<GstCaps> caps(gst_sdp_media_get_caps_from_media(media, payload_type));
    if (!caps) return std::nullopt;
    gst_sdp_media_attributes_to_caps(media, caps.get());
    GstStructure* s = gst_caps_get_structure(caps.get(), 0);
    gst_structure_set_name(s, "application/x-rtp");
    gint rate = 0;
    if (gst_structure_get_int(s, "clock-rate", &rate) == FALSE || rate <= 0) rate = 90'000;
    Media result;
    result.control_url = join(base, text_or_empty(gst_sdp_media_get_attribute_val(media, "control")));
    result.setup.payload_type = static_cast<std::uint8_t>(payload_type);
    result.setup.clock_rate_hz = static_cast<std::uint32_t>(rate);
    result.setup.rtp_caps = std::move(caps);
    return result;
}

/// The first video and the first AAC track; a Failure when there is no video to show.
std::variant<std::vector<Media>, Failure> choose(const GstSDPMessage& sdp, const std::string& base,
                                                 std::vector<std::string>& notes) {
    std::vector<Media> chosen;
    std::string refused_video;
    bool has_video = false;
    bool has_audio = false;
    for (guint i = 0; i < std::min(gst_sdp_message_medias_len(&sdp), kMaxMedias); ++i) {
        auto media = media_of(sdp, i, base);
        if (!media) continue;
        const OfferedTrack offer = offered_track(media->setup.rtp_caps.get());
        const bool usable = elements_for(offer).depay != nullptr;
        bool* taken = offer.media == "video" ? &has_video : offer.media == "audio" ? &has_audio : nullptr;
        if (taken == nullptr || *taken) continue;
        if (!usable && offer.media == "video") refused_video = offer.encoding;
        if (!usable && offer.media == "audio")
            notes.push_back("audio " + offer.encoding + " is not passed on, only AAC is");
        if (!usable) continue;
        *taken = true;
        media->setup.track = offer.media == "video" ? Track::video : Track::audio;
        chosen.push_back(std::move(*media));
    }
    if (has_video) return chosen;
    if (refused_video.empty()) return failure(Cause::no_video);
    return failure(Cause::unsupported_codec,
                   "the camera sends " + refused_video + " video; only H.264 and H.265 can be shown");
}

/// Where a refusal sends us, if that can be pulled from here.
std::string new_url(const RtspMessage& answer) {
    if (answer.status() != GST_RTSP_STS_MOVED_PERMANENTLY && answer.status() != GST_RTSP_STS_MOVE_TEMPORARILY)
        return {};
    std::string url = answer.header(GST_RTSP_HDR_LOCATION);
    return url.starts_with("rtsp://") && !object_to_url(url) ? url : std::string();
}

class Negotiation {
public:
    Negotiation(const Source& source, std::chrono::milliseconds patience, RtspConnection connection)
        : source_(source), exchange_(*connection, source, patience) {
        session_.connection = std::move(connection);
        session_.source = source;
        session_.control_url = source.url;
    }

    std::variant<RtspSession, Failure> run() {
        if (auto trouble = options()) return std::move(*trouble);
        if (auto trouble = describe()) return std::move(*trouble);
        for (Media& media : medias_) {
            auto trouble = set_up(media);
            if (trouble && !plays_without(media, *trouble)) return std::move(*trouble);
        }
        if (auto trouble = play()) return std::move(*trouble);
        return std::move(session_);
    }

    /// Where the camera says it is now; empty: nowhere else.
    const std::string& moved_to() const noexcept { return moved_to_; }

private:
    std::optional<Failure> options() {
        RtspMessage request(GST_RTSP_OPTIONS, source_.url);
        RtspMessage answer;
        auto trouble = exchange_.ask(request, answer);
        session_.has_get_parameter = answer.list(GST_RTSP_HDR_PUBLIC).find("GET_PARAMETER") != std::string::npos;
        // A camera that refuses OPTIONS may still play.
        if (trouble && trouble->cause == Cause::camera_error) trouble.reset();
        if (trouble && trouble->cause == Cause::not_found) trouble.reset();
        return trouble;
    }

    std::optional<Failure> describe() {
        RtspMessage request(GST_RTSP_DESCRIBE, source_.url);
        request.set(GST_RTSP_HDR_ACCEPT, "application/sdp");
        RtspMessage answer;
        if (auto trouble = exchange_.ask(request, answer)) {
            moved_to_ = new_url(answer);
            return trouble;
        }
        GstSDPMessage* raw = nullptr;
        if (gst_sdp_message_new_from_text(answer.body().c_str(), &raw) != GST_SDP_OK)
            return failure(Cause::bad_stream, "the camera's description of its stream cannot be understood");
        const Sdp sdp(raw);
        std::string base = answer.header(GST_RTSP_HDR_CONTENT_BASE);
        if (base.empty()) base = answer.header(GST_RTSP_HDR_CONTENT_LOCATION);
        if (base.empty()) base = source_.url;
        session_.control_url = join(base, text_or_empty(gst_sdp_message_get_attribute_val(sdp.get(), "control")));
        auto chosen = choose(*sdp, base, session_.notes);
        if (auto* trouble = std::get_if<Failure>(&chosen)) return std::move(*trouble);
        medias_ = std::move(std::get<std::vector<Media>>(chosen));
        return std::nullopt;
    }

    std::optional<Failure> set_up(Media& media) {
        const auto channel = static_cast<unsigned>(session_.tracks.size() * 2);
        RtspMessage request(GST_RTSP_SETUP, media.control_url);
        request.set(GST_RTSP_HDR_TRANSPORT,
                    "RTP/AVP/TCP;unicast;interleaved=" + std::to_string(channel) + "-" + std::to_string(channel + 1));
        RtspMessage answer;
        if (auto trouble = exchange_.ask(request, answer)) return trouble;
        GstRTSPTransport* transport = nullptr;
        gst_rtsp_transport_new(&transport);
        const bool parsed =
            gst_rtsp_transport_parse(answer.header(GST_RTSP_HDR_TRANSPORT).c_str(), transport) == GST_RTSP_OK;
        const bool tcp = parsed && transport->lower_transport == GST_RTSP_LOWER_TRANS_TCP;
        const int given = transport->interleaved.min;
        gst_rtsp_transport_free(transport);
        if (!tcp) return Failure{Cause::camera_error, "the camera does not send over TCP", true};
        session_.timeout = session_timeout_in(answer.header(GST_RTSP_HDR_SESSION)).value_or(session_.timeout);
        media.setup.channel = static_cast<std::uint8_t>(given >= 0 && given < 255 ? given : static_cast<int>(channel));
        urls_.push_back(media.control_url);
        session_.tracks.push_back(std::move(media.setup));
        return std::nullopt;
    }

    /// A camera that answers but refuses its sound may still show its pictures.
    bool plays_without(const Media& media, const Failure& refusal) {
        const bool answered = refusal.cause == Cause::camera_error || refusal.cause == Cause::not_found ||
                              refusal.cause == Cause::wrong_credentials;
        if (media.setup.track != Track::audio || !answered) return false;
        session_.notes.emplace_back("audio is left out: the camera refuses it");
        return true;
    }

    std::optional<Failure> play() {
        RtspMessage request(GST_RTSP_PLAY, session_.control_url);
        request.set(GST_RTSP_HDR_RANGE, "npt=0.000-");
        RtspMessage answer;
        std::size_t early_bytes = 0;
        const auto keep = [&](std::uint8_t channel, std::span<const guint8> bytes) {
            early_bytes += bytes.size();
            if (early_bytes > kMaxEarlyBytes) return;
            const auto packet = std::as_bytes(bytes);
            session_.early.emplace_back(channel, std::vector<std::byte>(packet.begin(), packet.end()));
        };
        if (auto trouble = exchange_.ask(request, answer, keep)) return trouble;
        // With sound, arrival aligns the tracks: what cameras declare for several of them is too often nonsense.
        if (urls_.size() == 1) read_origin(answer.header(GST_RTSP_HDR_RTP_INFO));
        return std::nullopt;
    }

    /// RTP-Info of the one track: url=...;seq=1;rtptime=2 (RFC 2326, 12.33)
    void read_origin(const std::string& info) {
        constexpr std::string_view kTime = "rtptime=";
        const std::size_t at = info.find(kTime);
        if (at == std::string::npos) return;
        std::uint32_t value = 0;
        if (std::from_chars(info.data() + at + kTime.size(), info.data() + info.size(), value).ec == std::errc())
            session_.tracks.front().rtp_origin = value;
    }

    const Source& source_;
    RtspExchange exchange_;
    RtspSession session_;
    std::vector<Media> medias_;
    std::vector<std::string> urls_;
    std::string moved_to_;
};

bool send_quickly(const RtspSession& session, RtspMessage& message) {
    return gst_rtsp_connection_send_usec(session.connection.get(), message.get(), 1'000'000) == GST_RTSP_OK;
}

/// The login is for the host and port it was given for, and no other.
Source moved(Source source, const std::string& url) {
    if (place_of(source.url) != place_of(url)) {
        source.user.clear();
        source.password.clear();
    }
    source.url = url;
    return source;
}

std::variant<RtspSession, Failure> play_at(const Source& source, std::chrono::milliseconds patience,
                                           Cancellation& cancel, std::string& moved_to) {
    const auto place = place_of(source.url);
    if (!place) return failure(Cause::bad_url);
    auto connected = connect(*place, patience, cancel);
    if (auto* trouble = std::get_if<Failure>(&connected)) return std::move(*trouble);
    auto& connection = std::get<RtspConnection>(connected);
    GstRTSPConnection* raw = connection.get();
    const int fd = g_socket_get_fd(gst_rtsp_connection_get_read_socket(raw));
    // Flushing alone is not seen by a read in the middle of a message, which goes on while bytes trickle in.
    cancel.on_cancel([raw, fd] {
        gst_rtsp_connection_flush(raw, TRUE);
        ::shutdown(fd, SHUT_RDWR);
    });
    Negotiation negotiation(source, patience, std::move(connection));
    auto result = negotiation.run();
    cancel.on_cancel(nullptr);  // before a connection that failed goes with `negotiation`
    moved_to = negotiation.moved_to();
    return result;
}

}  // namespace

std::variant<RtspSession, Failure> play_over_tcp(const Source& source, std::chrono::milliseconds patience,
                                                 Cancellation& cancel) {
    Source at = source;
    for (int moves = 0;; ++moves) {
        std::string moved_to;
        auto result = play_at(at, patience, cancel, moved_to);
        if (moved_to.empty() || moves == kMaxMoves) return result;
        at = moved(std::move(at), moved_to);
    }
}

bool send_keep_alive(const RtspSession& session) {
    RtspMessage message(session.has_get_parameter ? GST_RTSP_GET_PARAMETER : GST_RTSP_OPTIONS, session.control_url);
    return send_quickly(session, message);
}

void send_teardown(const RtspSession& session) {
    RtspMessage message(GST_RTSP_TEARDOWN, session.control_url);
    static_cast<void>(send_quickly(session, message));
}

bool renew_authentication(const RtspSession& session, const std::string& head) {
    if (session.source.user.empty()) return false;
    RtspMessage answer;
    gst_rtsp_message_init_response(answer.get(), GST_RTSP_STS_UNAUTHORIZED, nullptr, nullptr);
    constexpr std::string_view kName = "WWW-Authenticate:";
    for (std::size_t at = 0; at < head.size();) {
        const std::size_t end = std::min(head.find("\r\n", at), head.size());
        if (g_ascii_strncasecmp(head.c_str() + at, kName.data(), kName.size()) == 0) {
            std::size_t value = at + kName.size();
            while (value < end && head[value] == ' ') ++value;
            answer.set(GST_RTSP_HDR_WWW_AUTHENTICATE, head.substr(value, end - value));
        }
        at = end + 2;
    }
    return authenticate(*session.connection, answer, session.source);
}

}  // namespace gatehouse::mediad
