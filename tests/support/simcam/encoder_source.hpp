#pragma once

#include "picture_sequence.hpp"
#include "video_source.hpp"

namespace gatehouse::simcam {

// Draws pictures and encodes them with x264 or x265, one encoder per source.
class EncoderSource : public VideoSource {
public:
    EncoderSource(std::uint8_t camera, const VideoOptions& video, Deliver deliver);
    ~EncoderSource() override;
    EncoderSource(const EncoderSource&) = delete;
    EncoderSource& operator=(const EncoderSource&) = delete;

    void start(SteadyTime now) override;
    void stop() override;
    SteadyTime tick(SteadyTime due) override;
    void set_frozen(bool frozen) override { pictures_.set_frozen(frozen); }
    void reconfigure(const VideoOptions& video) override;
    VideoOptions video() const override { return video_; }

    void on_sample(GstSample* sample);  // the encoder's thread

private:
    BufferPtr draw(SteadyTime due);

    VideoOptions video_;
    Deliver deliver_;
    ObjectPtr<GstElement> pipeline_;
    ObjectPtr<GstElement> input_;
    SteadyTime started_;
    PictureSequence pictures_;
};

}  // namespace gatehouse::simcam
