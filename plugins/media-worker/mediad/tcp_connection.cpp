#include "tcp_connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "causes.h"

namespace gatehouse::mediad {
namespace {

constexpr unsigned kRtcpBye = 203;
constexpr int kMaxReads = 4;  // a camera that never pauses must not starve its neighbours

/// Whether a compound RTCP packet (RFC 3550, 6.1) holds a BYE.
bool has_bye(std::span<const std::byte> rtcp) {
    while (rtcp.size() >= 4) {
        if (std::to_integer<unsigned>(rtcp[1]) == kRtcpBye) return true;
        const std::size_t words = std::to_integer<std::size_t>(rtcp[2]) << 8 | std::to_integer<std::size_t>(rtcp[3]);
        if ((words + 1) * 4 > rtcp.size()) return false;
        rtcp = rtcp.subspan((words + 1) * 4);
    }
    return false;
}

}  // namespace

TcpConnection::TcpConnection(RtspSession session, std::shared_ptr<MediaSink> sink)
    : session_(std::move(session)),
      sink_(std::move(sink)),
      begin_(std::chrono::steady_clock::now()),
      keep_alive_(session_.timeout, session_.has_get_parameter, begin_) {
    for (TrackSetup& setup : session_.tracks) tracks_.push_back(std::make_unique<RtpTrack>(std::move(setup), *sink_));
    session_.tracks.clear();
    for (std::string& note : session_.notes) sink_->note(std::move(note));
    sink_->connected();
    for (const auto& [channel, bytes] : session_.early) packet(channel, bytes);
    session_.early = {};
}

TcpConnection::~TcpConnection() {
    if (healthy_) send_teardown(session_);
}

int TcpConnection::fd() const {
    return g_socket_get_fd(gst_rtsp_connection_get_read_socket(session_.connection.get()));
}

bool TcpConnection::fail(Failure failure) {
    healthy_ = false;
    sink_->failed(std::move(failure));
    return false;
}

bool TcpConnection::read(std::vector<std::byte>& buffer) {
    for (int i = 0; i < kMaxReads; ++i) {
        const ssize_t size = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno == EAGAIN) return true;
        if (size <= 0) return fail(failure(Cause::connection_lost));
        if (!parser_.feed(std::span(buffer).first(static_cast<std::size_t>(size)), *this))
            return fail(failure(Cause::bad_stream, "the camera's data stream cannot be understood"));
        if (said_good_bye_) return fail(failure(Cause::ended));
        if (lost_) return fail(failure(Cause::connection_lost));
        if (std::exchange(video_came_, false)) sink_->video_packet();
        if (static_cast<std::size_t>(size) < buffer.size()) return true;
    }
    return true;
}

int TcpConnection::keep_alive() {
    const auto now = std::chrono::steady_clock::now();
    if (keep_alive_.wait(now).count() == 0) {
        keep_alive_.sent(now);
        if (!send_keep_alive(session_)) {
            fail(failure(Cause::connection_lost));
            return -1;
        }
    }
    return static_cast<int>(keep_alive_.wait(now).count());
}

void TcpConnection::packet(std::uint8_t channel, std::span<const std::byte> bytes) {
    const auto since_play = std::chrono::steady_clock::now() - begin_;
    for (const auto& track : tracks_) {
        if (track->channel() == channel) {
            if (track->track() == Track::video) video_came_ = true;
            track->push(bytes, std::chrono::duration_cast<std::chrono::nanoseconds>(since_play).count());
        } else if (track->channel() + 1 == channel && track->track() == Track::video && has_bye(bytes)) {
            said_good_bye_ = true;
        }
    }
}

/// The only answers that come now are those to keep-alives.
void TcpConnection::message(std::string_view head) {
    const KeepAlive::Step step = keep_alive_.answered(answer_status(head));
    if (step == KeepAlive::Step::nothing) return;
    if (step == KeepAlive::Step::renew_login && !renew_authentication(session_, std::string(head))) return;
    if (step == KeepAlive::Step::use_options) session_.has_get_parameter = false;
    if (!send_keep_alive(session_)) lost_ = true;
}

}  // namespace gatehouse::mediad
