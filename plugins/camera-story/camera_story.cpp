#include "camera_story.h"

namespace gatehouse {

CameraStory::Line CameraStory::failed(const std::string& cause, Time now) {
    const bool was_steady = live_since_ && now - *live_since_ >= kSteady;
    live_since_.reset();
    if (was_steady || chapter_ == Chapter::kFine) {
        chapter_ = Chapter::kDead;
        told_ = {cause};
        return Line::kFailed;
    }
    const bool is_new = told_.size() < kMostCauses && told_.insert(cause).second;
    if (chapter_ == Chapter::kBack) {
        chapter_ = Chapter::kComesAndGoes;
        return Line::kComesAndGoes;
    }
    return is_new ? Line::kFailed : Line::kNone;
}

CameraStory::Line CameraStory::seen(bool live, bool offline, const std::string& cause, Time now) {
    if (live) return seen_live(now);
    live_since_.reset();
    if (!offline) {
        offline_since_.reset();
        return Line::kNone;
    }
    if (!offline_since_) offline_since_ = now;
    const bool unexplained = chapter_ == Chapter::kFine || chapter_ == Chapter::kBack;
    return unexplained && now - *offline_since_ >= kUnexplained ? failed(cause, now) : Line::kNone;
}

CameraStory::Line CameraStory::seen_live(Time now) {
    offline_since_.reset();
    // What is seen right after a failure may be older than that: the beginning counts, and lasting.
    if (!live_since_) live_since_ = now;
    const auto lasted = now - *live_since_;
    if (chapter_ == Chapter::kDead && lasted >= kSure) {
        chapter_ = Chapter::kBack;
        return Line::kBack;
    }
    if (lasted < kSteady || chapter_ == Chapter::kFine) return Line::kNone;
    const bool came_and_went = chapter_ == Chapter::kComesAndGoes;
    chapter_ = Chapter::kFine;
    return came_and_went ? Line::kSteadyAgain : Line::kNone;
}

std::string words_of(CameraStory::Line line, const std::string& cause) {
    switch (line) {
        case CameraStory::Line::kNone:
        case CameraStory::Line::kFailed:
            return cause;
        case CameraStory::Line::kComesAndGoes:
            return "comes and goes: " + cause;
        case CameraStory::Line::kBack:
            return "gives pictures now";
        case CameraStory::Line::kSteadyAgain:
            return "gives pictures steadily again";
    }
    return cause;
}

bool is_trouble(CameraStory::Line line) {
    return line == CameraStory::Line::kFailed || line == CameraStory::Line::kComesAndGoes;
}

}  // namespace gatehouse
