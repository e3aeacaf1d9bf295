#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "access_unit.h"
#include "audio_clock.h"
#include "codec_config.h"
#include "decode_clock.h"
#include "fragment_writer.h"
#include "init_section.h"
#include "jump_detector.h"

namespace gatehouse::mediad {

struct RunInfo {
    std::vector<std::byte> init_section;
    std::string video_codec;
    std::string audio_codec;  ///< empty: no audio
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::int64_t started_us = 0;  ///< UTC, arrival of the first picture
};

struct FragmentInfo {
    std::uint64_t decode_time = 0;  ///< 90 kHz; 0 for the first fragment of a run
    std::uint32_t duration = 0;     ///< 90 kHz
    bool keyframe = false;
    std::int64_t wallclock_us = 0;  ///< UTC, arrival of its first picture
    std::uint32_t pictures = 0;
    bool ends_gop = false;  ///< the next picture is a keyframe, or the run is over
};

class FragmentSink {
public:
    virtual ~FragmentSink() = default;
    /// Comes right before the first fragment of each run.
    virtual void run_begun(RunInfo run) = 0;
    /// `parts` in this order are moof + mdat; they are borrowed for the call.
    virtual void fragment_made(const FragmentInfo& fragment, std::span<const std::span<const std::byte>> parts) = 0;
};

/// Makes fragmented MP4 out of access units (house plan, section 10, points 2 and 3).
///
/// A fragment ends before the picture that would make it longer than a second, and before every keyframe; it is
/// complete one picture later than its last. Only a single picture that lasts longer makes a longer one. A run begins
/// at a keyframe; it ends with the configuration, with a jump of the clock and with end_run(). Nothing is made before
/// the first keyframe of a run, and pictures that precede it on the screen are left out, since they refer to what came
/// before.
///
/// Players show nothing of a run that promises sound and has none. So a run that has had none for four seconds ends at
/// the next keyframe, and the next one promises none. Sound that was never there yet joins at a keyframe once it comes;
/// sound that was there and ended is left out until end_source(). Not thread-safe, does not block.
class FragmentMaker {
public:
    explicit FragmentMaker(FragmentSink& sink) : sink_(sink) {}

    void set_video(VideoConfig config);
    void set_audio(AudioConfig config);
    void push(const AccessUnit& unit);

    /// Completes what is pending. The next run needs a keyframe; configurations are kept.
    void end_run();
    /// The same, and forgets the configurations: the source is another one, or connected anew.
    void end_source();

private:
    void push_video(const AccessUnit& unit);
    void push_audio(const AccessUnit& unit);
    void append_audio(const AccessUnit& unit, std::uint64_t position);
    bool begin_run(const AccessUnit& unit, std::int64_t pts);
    bool sound_has_changed();
    void announce();
    void append_video(const AccessUnit& unit, std::int64_t pts, std::int64_t dts);
    bool fragment_is_full(std::int64_t dts, bool keyframe) const;
    void cut(std::int64_t end_dts, std::size_t video_count, bool ends_gop);
    std::size_t audio_until(std::int64_t end_dts) const;

    FragmentSink& sink_;
    std::optional<VideoConfig> video_;
    std::optional<AudioConfig> audio_;

    JumpDetector jumps_;
    ReorderObserver reorder_;
    DecodeClock clock_;
    AudioAnchor anchor_;
    AudioClock audio_clock_;
    FragmentWriter writer_;

    bool sound_left_out_ = false;  // as long as the source lasts
    bool sound_absent_ = false;    // it is announced by the camera and has not come yet
    bool sound_heard_ = false;     // from this source, or it was waited for once

    // The run. Decode times are relative to base_dts_, which is on the clock of the source.
    bool in_run_ = false;
    bool announced_ = false;   // run_begun() was called
    bool with_audio_ = false;  // decided when announced
    std::int64_t first_pts_ = 0;
    std::int64_t base_dts_ = 0;
    std::int64_t run_started_us_ = 0;
    std::uint32_t sequence_ = 0;
    std::int64_t last_pts_ = 0;
    std::optional<std::int64_t> sound_dts_;  // of the picture after which sound was last placed
    bool sound_waits_ = false;               // for the next keyframe, to join

    // The fragment.
    std::int64_t start_dts_ = 0;
    std::int64_t last_dts_ = 0;
    std::int64_t last_duration_ = 0;
    std::int64_t wallclock_us_ = 0;
    std::int64_t last_arrival_us_ = 0;
    std::vector<VideoSample> video_samples_;
    std::vector<std::byte> video_bytes_;
    std::vector<AudioSample> audio_samples_;
    std::vector<std::byte> audio_bytes_;
    std::uint64_t audio_start_ = 0;  // decode time of audio_samples_[0]
};

}  // namespace gatehouse::mediad
