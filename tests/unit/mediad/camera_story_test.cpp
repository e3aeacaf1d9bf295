#define BOOST_TEST_MODULE camera_story
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "camera_story.h"

using namespace std::chrono_literals;
using gatehouse::CameraStory;
using Line = CameraStory::Line;

namespace {

const CameraStory::Time kBegin{};

// What a log would hold: looked at each second, and the lines that are none left out.
class Told {
public:
    void live_for(std::chrono::seconds time) {
        for (const auto end = now_ + time; now_ < end; now_ += 1s) add(story_.seen(true, false, "", now_));
    }
    void fails(const std::string& cause) { add(story_.failed(cause, now_)); }
    void offline_for(std::chrono::seconds time) {
        for (const auto end = now_ + time; now_ < end; now_ += 1s) add(story_.seen(false, true, "no answer", now_));
    }
    // Lives, fails and is offline, so many times.
    void flaps(int times, std::chrono::seconds live, std::chrono::seconds offline) {
        for (int i = 0; i < times; ++i) {
            live_for(live);
            fails("closed");
            offline_for(offline);
        }
    }
    std::vector<Line> take() { return std::exchange(lines_, {}); }

private:
    void add(Line line) {
        if (line != Line::kNone) lines_.push_back(line);
    }

    CameraStory story_;
    CameraStory::Time now_ = kBegin;
    std::vector<Line> lines_;
};

using Lines = std::vector<Line>;

}  // namespace

BOOST_AUTO_TEST_CASE(a_camera_that_lives_is_no_line) {
    Told told;
    told.live_for(600s);
    BOOST_TEST((told.take() == Lines{}));
}

BOOST_AUTO_TEST_CASE(a_death_is_a_line_for_each_cause_and_one_for_the_return) {
    Told told;
    told.live_for(100s);
    for (int i = 0; i < 50; ++i) {
        told.fails(i == 0 ? "closed" : "refused");
        told.offline_for(10s);
    }
    BOOST_TEST((told.take() == Lines{Line::kFailed, Line::kFailed}));
    told.live_for(100s);
    BOOST_TEST((told.take() == Lines{Line::kBack}));
    told.fails("closed");
    BOOST_TEST((told.take() == Lines{Line::kFailed}));
}

BOOST_AUTO_TEST_CASE(one_that_resets_every_two_seconds_is_a_line) {
    Told told;
    told.flaps(300, 2s, 1s);
    BOOST_TEST((told.take() == Lines{Line::kFailed}));
}

BOOST_AUTO_TEST_CASE(one_that_comes_and_goes_is_said_to_and_is_steady_after_a_minute) {
    Told told;
    told.flaps(30, 20s, 5s);
    BOOST_TEST((told.take() == Lines{Line::kFailed, Line::kBack, Line::kComesAndGoes}));
    told.live_for(100s);
    BOOST_TEST((told.take() == Lines{Line::kSteadyAgain}));
}

BOOST_AUTO_TEST_CASE(offline_with_no_word_of_a_failure_is_told_after_a_while) {
    Told told;
    told.offline_for(15s);
    BOOST_TEST((told.take() == Lines{}));
    told.offline_for(30s);
    BOOST_TEST((told.take() == Lines{Line::kFailed}));
}

BOOST_AUTO_TEST_CASE(ever_new_causes_are_told_four_times_at_most) {
    Told told;
    for (int i = 0; i < 100; ++i) told.fails("cause " + std::to_string(i));
    BOOST_TEST(told.take().size() == CameraStory::kMostCauses);
}
