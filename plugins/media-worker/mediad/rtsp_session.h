#pragma once

#include <gst/rtsp/gstrtspconnection.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cancellation.h"
#include "receiver.h"
#include "rtp_track.h"

namespace gatehouse::mediad {

struct RtspConnectionFree {
    void operator()(GstRTSPConnection* connection) const { gst_rtsp_connection_free(connection); }
};
using RtspConnection = std::unique_ptr<GstRTSPConnection, RtspConnectionFree>;

/// A camera that plays over TCP.
struct RtspSession {
    RtspConnection connection;
    Source source;            ///< where it plays and with which login: it may have moved
    std::string control_url;  ///< of the session as a whole
    bool has_get_parameter = false;
    std::chrono::seconds timeout{60};  ///< RFC 2326, 12.37
    std::vector<TrackSetup> tracks;
    std::vector<std::string> notes;
    std::vector<std::pair<std::uint8_t, std::vector<std::byte>>>
        early;  ///< packets that came before the answer to PLAY
};

/// OPTIONS, DESCRIBE, SETUP of the first usable video and AAC track, PLAY, with Basic or Digest authentication (RFC
/// 2326; messages, SDP and authentication are GStreamer's). Follows a camera that says it has moved, without the login
/// when to another host or port. Blocks, each step at most `patience`; `cancel` ends it.
std::variant<RtspSession, Failure> play_over_tcp(const Source& source, std::chrono::milliseconds patience,
                                                 Cancellation& cancel);

/// Keeps the session alive; to be sent before its time-out. False: the connection is broken. Blocks a second at most.
bool send_keep_alive(const RtspSession& session);

/// Says good-bye, without waiting for the answer.
void send_teardown(const RtspSession& session);

/// Takes over what an "unauthorized" answer asks for, e.g. a new nonce. `head`: the message as text. False: there is no
/// login for it.
bool renew_authentication(const RtspSession& session, const std::string& head);

}  // namespace gatehouse::mediad
