#pragma once

#include "block_encoder.hpp"
#include "picture_sequence.hpp"
#include "video_source.hpp"

namespace gatehouse::simcam {

// Pictures written directly as H.264 macroblocks: a camera of its own for next to no CPU.
class BlockSource : public VideoSource {
public:
    BlockSource(std::uint8_t camera, const VideoOptions& video, Deliver deliver);

    void start(SteadyTime now) override;
    void stop() override {}
    SteadyTime tick(SteadyTime due) override;
    void set_frozen(bool frozen) override { pictures_.set_frozen(frozen); }
    void reconfigure(const VideoOptions& video) override;
    VideoOptions video() const override { return video_; }

private:
    VideoOptions video_;
    Deliver deliver_;
    PictureSequence pictures_;
    BlockEncoder encoder_;
    int frames_to_keyframe_ = 0;
};

}  // namespace gatehouse::simcam
