#include "block_source.hpp"

#include <cmath>
#include <stdexcept>

namespace gatehouse::simcam {

BlockSource::BlockSource(std::uint8_t camera, const VideoOptions& video, Deliver deliver)
    : video_(video), deliver_(std::move(deliver)), pictures_(camera), encoder_(video.width, video.height, video.fps) {}

void BlockSource::start(SteadyTime) {
    encoder_ = BlockEncoder(video_.width, video_.height, video_.fps);
    frames_to_keyframe_ = 0;
}

void BlockSource::reconfigure(const VideoOptions& video) {
    if (video.width % 640 != 0) throw std::invalid_argument("source=blocks is 640, 1280, ... pixels wide");
    video_ = video;
    start({});
}

SteadyTime BlockSource::tick(SteadyTime due) {
    constexpr int kMacroblock = 16;
    const int coded_height = (video_.height + kMacroblock - 1) / kMacroblock * kMacroblock;
    const CellPicture picture = pictures_.next(video_.width, coded_height, due);
    const bool keyframe = frames_to_keyframe_ == 0;
    if (keyframe) frames_to_keyframe_ = std::max(1, static_cast<int>(std::lround(video_.gop_s * video_.fps)));
    --frames_to_keyframe_;
    const auto bytes = encoder_.encode(picture, keyframe);
    const BufferPtr buffer(gst_buffer_new_memdup(bytes.data(), bytes.size()));
    if (!keyframe) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DELTA_UNIT);
    deliver_(AccessUnit{.buffer = buffer.get(), .capture_ns = steady_ns(due)});
    return due + std::chrono::nanoseconds(1'000'000'000 / video_.fps);
}

}  // namespace gatehouse::simcam
