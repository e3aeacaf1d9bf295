#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "frame_clock.hpp"
#include "rtp_faults.hpp"
#include "video_source.hpp"

namespace gatehouse::simcam {

// One mount point (/cam1, /cam1/sub): a video source, and an RTSP media for each viewer that is fed from it.
// Thread-safe. The server may outlive it: from then on new viewers of the mount point get no pictures.
class RtspStream : public Paced, public std::enable_shared_from_this<RtspStream> {
public:
    using MakeSource = std::function<std::unique_ptr<VideoSource>(VideoSource::Deliver)>;

    RtspStream(std::string path, const CameraOptions& camera, Codec codec, const MakeSource& make_source,
               std::shared_ptr<const RtpFaults> faults);
    RtspStream(const RtspStream&) = delete;
    RtspStream& operator=(const RtspStream&) = delete;

    const std::string& path() const { return path_; }
    void mount(GstRTSPServer* server);
    SteadyTime tick(SteadyTime due) override;
    void stop();

    void set_frozen(bool frozen);
    void reconfigure(const std::function<void(VideoOptions&)>& change);  // throws std::invalid_argument
    void restore();                                                      // the video settings as they were at first
    void end_of_stream();                                                // to all viewers there are now
    void wrap_soon() { wrap_next_ = true; }  // the next viewer's RTP timestamps wrap 5 s after the first packet

    void on_configure(GstRTSPMedia* media);
    void on_unprepared(GstRTSPMedia* media);

private:
    struct Feed {
        GstRTSPMedia* media;  // identity only
        ObjectPtr<GstElement> bin;
        ObjectPtr<GstElement> input;
        bool started = false;
    };

    void deliver(const AccessUnit& unit);
    void push(Feed& feed, const AccessUnit& unit, bool keyframe);
    void remember_parameter_sets(GstBuffer* keyframe);
    bool somebody_watches();
    void prepare_payloader(GstBin* bin, const char* name, std::uint32_t clock_rate_hz, int units_per_packet);
    std::string launch_line() const;

    std::string path_;
    CameraOptions camera_;
    Codec codec_;
    std::shared_ptr<const RtpFaults> faults_;
    std::atomic<bool> wrap_next_{false};

    std::mutex source_mutex_;  // taken before feeds_mutex_
    std::unique_ptr<VideoSource> source_;
    bool reconfigured_ = false;
    VideoOptions original_;
    bool running_ = false;

    std::mutex feeds_mutex_;
    std::list<Feed> feeds_;
    BufferPtr parameter_sets_;  // of the last keyframe
};

}  // namespace gatehouse::simcam
