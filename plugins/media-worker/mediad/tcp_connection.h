#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "interleaved_parser.h"
#include "receiver.h"
#include "rtp_track.h"
#include "rtsp_session.h"
#include "tcp_keep_alive.h"

namespace gatehouse::mediad {

/// One RTSP session that plays over TCP. Used by one thread.
class TcpConnection final : private InterleavedParser::Handler {
public:
    /// Throws std::runtime_error when a track's elements are missing.
    TcpConnection(RtspSession session, std::shared_ptr<MediaSink> sink);
    ~TcpConnection() override;
    TcpConnection(const TcpConnection&) = delete;
    TcpConnection& operator=(const TcpConnection&) = delete;

    int fd() const;
    std::uint64_t crumb() const noexcept { return session_.source.crumb; }

    /// Reads what is there, through `buffer`. False: the session has ended, and the sink knows.
    bool read(std::vector<std::byte>& buffer);

    /// Sends a keep-alive when it is due. Returns the milliseconds until the next one; -1: the session has ended.
    int keep_alive();

private:
    void packet(std::uint8_t channel, std::span<const std::byte> bytes) override;
    void message(std::string_view head) override;
    bool fail(Failure failure);

    RtspSession session_;
    const std::shared_ptr<MediaSink> sink_;
    const std::chrono::steady_clock::time_point begin_;
    KeepAlive keep_alive_;
    InterleavedParser parser_;
    std::vector<std::unique_ptr<RtpTrack>> tracks_;
    bool said_good_bye_ = false;  // the camera, by RTCP
    bool video_came_ = false;
    bool lost_ = false;  // a keep-alive could not be sent
    bool healthy_ = true;
};

}  // namespace gatehouse::mediad
