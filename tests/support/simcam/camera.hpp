#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <atomic>
#include <memory>
#include <vector>

#include "clip.hpp"
#include "options.hpp"
#include "rtsp_stream.hpp"

namespace gatehouse::simcam {

// A camera: its streams behind an RTSP server of its own on an internal loopback port. Faults of the connection are
// the proxy's business; this class does the faults of the picture. Thread-safe.
class Camera {
public:
    // `clip`: what source=clip plays, else nullptr.
    Camera(const CameraOptions& options, std::shared_ptr<const Clip> clip, GstRTSPThreadPool* threads);
    ~Camera();
    Camera(const Camera&) = delete;
    Camera& operator=(const Camera&) = delete;

    const CameraOptions& options() const { return options_; }
    std::uint16_t internal_port() const { return internal_port_; }
    std::vector<Paced*> paced();

    void normal();  // ends freeze, silence and changed video settings; a jump stays
    void freeze() { set_frozen(true); }
    void silent() { faults_->silent = true; }
    void jump(std::int64_t milliseconds) { faults_->jump_ms += milliseconds; }
    void wrap_soon();
    void end_of_stream();
    void set_resolution(int width, int height);  // main stream; throws std::invalid_argument
    void set_gop(double seconds);                // main stream; throws std::invalid_argument

private:
    void add_stream(const std::string& path, const VideoOptions& video);
    void require_login();
    void set_frozen(bool frozen);
    std::unique_ptr<VideoSource> make_source(const VideoOptions& video, VideoSource::Deliver deliver) const;

    CameraOptions options_;
    std::shared_ptr<const Clip> clip_;
    std::shared_ptr<RtpFaults> faults_ = std::make_shared<RtpFaults>();
    ObjectPtr<GstRTSPServer> server_;
    std::vector<std::shared_ptr<RtspStream>> streams_;  // main first
    guint source_id_ = 0;
    std::uint16_t internal_port_ = 0;
};

}  // namespace gatehouse::simcam
