#include "rtsp_exchange.h"

#include <cstring>

#include "causes.h"

namespace gatehouse::mediad {
namespace {

gint64 microseconds(std::chrono::milliseconds ms) { return std::chrono::microseconds(ms).count(); }

Failure failure_of(GstRTSPResult result) {
    switch (result) {
        case GST_RTSP_ETIMEOUT:
            return failure(Cause::no_answer);
        case GST_RTSP_EPARSE:
            return failure(Cause::camera_error, "what answers at this address does not speak RTSP");
        default:
            return failure(Cause::connection_lost);
    }
}

/// MD5 is what GStreamer can compute; cameras that know more offer it beside.
bool usable(const GstRTSPAuthCredential& credential) {
    if (credential.scheme == GST_RTSP_AUTH_BASIC) return true;
    if (credential.scheme != GST_RTSP_AUTH_DIGEST) return false;
    for (GstRTSPAuthParam** p = credential.params; p != nullptr && *p != nullptr; ++p)
        if (g_ascii_strcasecmp((*p)->name, "algorithm") == 0) return g_ascii_strcasecmp((*p)->value, "MD5") == 0;
    return true;
}

}  // namespace

RtspMessage::RtspMessage(GstRTSPMethod method, const std::string& url) {
    gst_rtsp_message_init_request(&message_, method, url.c_str());
    set(GST_RTSP_HDR_USER_AGENT, "Gatehouse/" GATEHOUSE_VERSION);
}

std::string RtspMessage::header(GstRTSPHeaderField field) const {
    gchar* value = nullptr;
    if (gst_rtsp_message_get_header(&message_, field, &value, 0) != GST_RTSP_OK || value == nullptr) return {};
    return value;
}

std::string RtspMessage::list(GstRTSPHeaderField field) const {
    std::string items;
    gchar* item = nullptr;
    for (int i = 0; gst_rtsp_message_get_header(&message_, field, &item, i) == GST_RTSP_OK; ++i)
        items += (i == 0 ? "" : ",") + std::string(item + std::strspn(item, " "));
    return items;
}

/// GStreamer counts the zero byte that it puts behind every body it reads (gstrtspconnection.c, build_next).
std::span<const guint8> RtspMessage::bytes() const {
    guint8* data = nullptr;
    guint size = 0;
    if (gst_rtsp_message_get_body(&message_, &data, &size) != GST_RTSP_OK || data == nullptr || size == 0) return {};
    return {data, size - 1};
}

std::string RtspMessage::body() const {
    const auto content = bytes();
    return {content.begin(), content.end()};
}

std::string RtspMessage::reason() const {
    const gchar* reason = message_.type_data.response.reason;
    return reason == nullptr ? std::string() : std::string(reason);
}

bool authenticate(GstRTSPConnection& connection, RtspMessage& answer, const Source& source) {
    GstRTSPAuthCredential** credentials =
        gst_rtsp_message_parse_auth_credentials(answer.get(), GST_RTSP_HDR_WWW_AUTHENTICATE);
    const GstRTSPAuthCredential* best = nullptr;
    for (GstRTSPAuthCredential** c = credentials; c != nullptr && *c != nullptr; ++c)
        if (usable(**c) && (best == nullptr || (*c)->scheme == GST_RTSP_AUTH_DIGEST)) best = *c;
    if (best != nullptr) {
        gst_rtsp_connection_clear_auth_params(&connection);
        for (GstRTSPAuthParam** p = best->params; p != nullptr && *p != nullptr; ++p)
            gst_rtsp_connection_set_auth_param(&connection, (*p)->name, (*p)->value);
        gst_rtsp_connection_set_auth(&connection, best->scheme, source.user.c_str(), source.password.c_str());
    }
    gst_rtsp_auth_credentials_free(credentials);
    return best != nullptr;
}

std::optional<Failure> RtspExchange::ask(RtspMessage& request, RtspMessage& answer, const OnPacket& on_packet) {
    auto trouble = ask_once(request, answer, on_packet);
    if (trouble) return trouble;
    if (answer.status() == GST_RTSP_STS_UNAUTHORIZED && !source_.user.empty()) {
        const bool asks = !answer.header(GST_RTSP_HDR_WWW_AUTHENTICATE).empty();
        if (!authenticate(connection_, answer, source_))
            return asks ? failure(Cause::camera_error, "the camera wants a kind of login that is not supported")
                        : failure(Cause::wrong_credentials);
        for (const GstRTSPHeaderField field : {GST_RTSP_HDR_CSEQ, GST_RTSP_HDR_AUTHORIZATION, GST_RTSP_HDR_SESSION})
            gst_rtsp_message_remove_header(request.get(), field, -1);
        trouble = ask_once(request, answer, on_packet);
        if (trouble) return trouble;
    }
    const int status = answer.status();
    if (status >= 200 && status < 300) return std::nullopt;
    return failure_from_status(status, answer.reason());
}

std::optional<Failure> RtspExchange::ask_once(RtspMessage& request, RtspMessage& answer, const OnPacket& on_packet) {
    const auto deadline = std::chrono::steady_clock::now() + patience_;
    GstRTSPResult result = gst_rtsp_connection_send_usec(&connection_, request.get(), microseconds(patience_));
    while (result == GST_RTSP_OK) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) return failure(Cause::no_answer);
        gst_rtsp_message_unset(answer.get());
        result = gst_rtsp_connection_receive_usec(&connection_, answer.get(), microseconds(left));
        if (result != GST_RTSP_OK) break;
        if (gst_rtsp_message_get_type(answer.get()) == GST_RTSP_MESSAGE_RESPONSE) return std::nullopt;
        if (gst_rtsp_message_get_type(answer.get()) != GST_RTSP_MESSAGE_DATA || !on_packet) continue;
        guint8 channel = 0;
        gst_rtsp_message_parse_data(answer.get(), &channel);
        on_packet(channel, answer.bytes());
    }
    return failure_of(result);
}

}  // namespace gatehouse::mediad
