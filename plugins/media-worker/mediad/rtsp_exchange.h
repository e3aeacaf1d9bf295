#pragma once

#include <gst/rtsp/gstrtspconnection.h>

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "receiver.h"

namespace gatehouse::mediad {

/// A GstRTSPMessage by value.
class RtspMessage {
public:
    RtspMessage() { gst_rtsp_message_init(&message_); }
    RtspMessage(GstRTSPMethod method, const std::string& url);
    ~RtspMessage() { gst_rtsp_message_unset(&message_); }
    RtspMessage(const RtspMessage&) = delete;
    RtspMessage& operator=(const RtspMessage&) = delete;

    GstRTSPMessage* get() noexcept { return &message_; }
    void set(GstRTSPHeaderField field, const std::string& value) {
        gst_rtsp_message_add_header(&message_, field, value.c_str());
    }
    std::string header(GstRTSPHeaderField field) const;
    /// A header that is a list, such as Public or RTP-Info: GStreamer keeps its items as headers of their own.
    std::string list(GstRTSPHeaderField field) const;
    std::span<const guint8> bytes() const;  ///< the body of a message that was received
    std::string body() const;               ///< the same as text
    GstRTSPStatusCode status() const noexcept { return message_.type_data.response.code; }
    std::string reason() const;

private:
    GstRTSPMessage message_{};
};

/// One request after the other over a connection.
class RtspExchange {
public:
    using OnPacket = std::function<void(std::uint8_t channel, std::span<const guint8> packet)>;

    RtspExchange(GstRTSPConnection& connection, const Source& source, std::chrono::milliseconds patience)
        : connection_(connection), source_(source), patience_(patience) {}

    /// Sends and waits for the answer; authenticates when asked to, once. Packets that come meanwhile go to
    /// `on_packet`. Empty: `answer` holds a 2xx.
    std::optional<Failure> ask(RtspMessage& request, RtspMessage& answer, const OnPacket& on_packet = {});

private:
    std::optional<Failure> ask_once(RtspMessage& request, RtspMessage& answer, const OnPacket& on_packet);

    GstRTSPConnection& connection_;
    const Source& source_;
    std::chrono::milliseconds patience_;
};

/// Prepares the connection for what a WWW-Authenticate header asks for. False: nothing in it can be answered.
bool authenticate(GstRTSPConnection& connection, RtspMessage& answer, const Source& source);

}  // namespace gatehouse::mediad
