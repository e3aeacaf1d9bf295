#pragma once

#include "cell_picture.hpp"
#include "raster.hpp"
#include "video_source.hpp"

namespace gatehouse::simcam {

// The pictures of one camera in time, or one picture for ever while frozen.
class PictureSequence {
public:
    explicit PictureSequence(std::uint8_t camera) : camera_(camera) {}

    void set_frozen(bool frozen) { frozen_ = frozen; }
    std::uint64_t frame() const { return frame_; }

    CellPicture next(int width, int height, SteadyTime due) {
        if (!frozen_ || frame_ == 0) {
            utc_ms_ = utc_ms_at(due);
            ++frame_;
        }
        return paint_picture(cell_rows(width, height), camera_, utc_ms_, frame_);
    }

private:
    std::uint8_t camera_;
    bool frozen_ = false;
    std::uint64_t utc_ms_ = 0;
    std::uint64_t frame_ = 0;
};

}  // namespace gatehouse::simcam
