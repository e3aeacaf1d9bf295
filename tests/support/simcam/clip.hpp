#pragma once

#include <memory>
#include <string>
#include <vector>

#include "video_source.hpp"

namespace gatehouse::simcam {

// The video track of an mp4 file, in memory, as access units in decoding order.
struct Clip {
    struct Unit {
        BufferPtr buffer;
        std::int64_t decode_ns;   // from the first unit's decoding time
        std::int64_t present_ns;  // likewise
    };
    Codec codec = Codec::h264;
    std::vector<Unit> units;       // at least one; the first is a keyframe
    std::int64_t duration_ns = 0;  // from the first unit to its repetition
};

// Throws std::runtime_error when the file has no readable H.264 or H.265 track, or holds more than 512 MiB of it.
std::shared_ptr<const Clip> load_clip(const std::string& file);

// Loops a clip; timestamps run on across the seam. Any number of cameras may share one clip. It has no clock blocks
// but those that were in the file.
class ClipSource : public VideoSource {
public:
    ClipSource(std::shared_ptr<const Clip> clip, Deliver deliver)
        : clip_(std::move(clip)), deliver_(std::move(deliver)) {}

    void start(SteadyTime now) override;
    void stop() override {}
    SteadyTime tick(SteadyTime due) override;
    void set_frozen(bool frozen) override;
    void reconfigure(const VideoOptions& video) override;
    VideoOptions video() const override { return {}; }

private:
    std::shared_ptr<const Clip> clip_;
    Deliver deliver_;
    std::size_t next_ = 0;
    SteadyTime loop_started_;
};

}  // namespace gatehouse::simcam
