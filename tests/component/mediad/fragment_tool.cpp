// Feeds movies through the fragment maker and writes each run to a file.
//
//   fragment_tool PREFIX step...
//   steps: file=PATH      all access units of an MP4 file, video and AAC in the order of the file
//          shift=SECONDS  moves the time stamps of what follows
//          skip=N         leaves out the first N pictures of the next file
//          burst=N        of each N AAC frames only the first has a time stamp, as from packets with several units
//          forget-audio   the next files are played without their sound
//          end            ends the run, as a lost connection does
//
// Writes PREFIX-<run>.mp4 and, on standard output, one line of JSON per run and fragment.
#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "fragment_maker.h"
#include "gst_media.h"

namespace gatehouse::mediad {
namespace {

class FileSink final : public FragmentSink {
public:
    explicit FileSink(std::string prefix) : prefix_(std::move(prefix)) {}

    void run_begun(RunInfo run) override {
        ++run_;
        out_.close();
        out_.open(prefix_ + "-" + std::to_string(run_) + ".mp4", std::ios::binary);
        write(run.init_section);
        std::printf("{\"run\":%d,\"video\":\"%s\",\"audio\":\"%s\",\"width\":%u,\"height\":%u}\n", run_,
                    run.video_codec.c_str(), run.audio_codec.c_str(), run.width, run.height);
    }
    void fragment_made(const FragmentInfo& f, std::span<const std::span<const std::byte>> parts) override {
        std::size_t size = 0;
        for (const auto part : parts) {
            write(part);
            size += part.size();
        }
        std::printf(
            "{\"run\":%d,\"fragment\":true,\"decode_time\":%llu,\"duration\":%u,\"keyframe\":%s,\"size\":%zu,"
            "\"pictures\":%u}\n",
            run_, static_cast<unsigned long long>(f.decode_time), f.duration, f.keyframe ? "true" : "false", size,
            f.pictures);
    }

private:
    void write(std::span<const std::byte> bytes) {
        for (const std::byte b : bytes) out_.put(static_cast<char>(b));
    }
    std::string prefix_;
    std::ofstream out_;
    int run_ = 0;
};

/// What the steps change.
struct Play {
    std::int64_t shift_ns = 0;
    std::int64_t segment_ns = 0;
    int skip = 0;
    int burst = 1;
    int audio_count = 0;
    bool with_audio = true;
};

/// Forwards to the maker what the GStreamer glue reports.
class MakerSink final : public MediaSink {
public:
    MakerSink(FragmentMaker& maker, Play& play) : maker_(maker), play_(play) {}
    void connected() override {}
    void video_config(VideoConfig config) override { maker_.set_video(std::move(config)); }
    void audio_config(AudioConfig config) override { maker_.set_audio(std::move(config)); }
    void note(std::string) override {}
    void discontinuity() override { maker_.end_run(); }
    void failed(Failure) override {}
    void unit(const AccessUnit& original) override {
        AccessUnit unit = original;
        if (unit.track == Track::video && play_.skip > 0) {
            --play_.skip;
            return;
        }
        if (unit.pts_ns != kNoTime) unit.pts_ns += play_.shift_ns - play_.segment_ns;
        if (unit.track == Track::audio && play_.audio_count++ % play_.burst != 0) unit.pts_ns = kNoTime;
        maker_.push(unit);
    }

private:
    FragmentMaker& maker_;
    Play& play_;
};

struct Puller {
    GstElement* sink = nullptr;
    Track track = Track::video;
    GstSample* next = nullptr;
    GstCaps* caps = nullptr;

    bool fetch() {
        if (next == nullptr && sink != nullptr) next = gst_app_sink_pull_sample(GST_APP_SINK(sink));
        return next != nullptr;
    }
    GstClockTime time() const {
        GstBuffer* buffer = gst_sample_get_buffer(next);
        return GST_BUFFER_DTS_IS_VALID(buffer) ? GST_BUFFER_DTS(buffer) : GST_BUFFER_PTS(buffer);
    }
    /// Edit lists begin the segment later than the first buffer; what counts is the time at which a buffer is shown.
    std::int64_t segment_start_ns() const { return static_cast<std::int64_t>(gst_sample_get_segment(next)->start); }
    void deliver(MediaSink& to, std::int64_t& segment_ns) {
        segment_ns = segment_start_ns();
        GstCaps* now = gst_sample_get_caps(next);
        if (caps == nullptr || gst_caps_is_equal(caps, now) == FALSE) {
            gst_caps_replace(&caps, now);
            if (!report_caps(now, to)) throw std::runtime_error("caps of no use");
        }
        report_buffer(gst_sample_get_buffer(next), track, to);
        gst_sample_unref(next);
        next = nullptr;
    }
};

void play_file(const std::string& path, bool audio, MediaSink& to, std::int64_t& segment_ns) {
    std::string text = "filesrc location=" + path +
                       " ! qtdemux name=d  d.video_0 ! queue max-size-buffers=0 max-size-bytes=0 "
                       "max-size-time=0 ! parsebin ! appsink name=v sync=false caps=\"video/x-h264,stream-format=avc,"
                       "alignment=au;video/x-h265,stream-format=hvc1,alignment=au\"";
    if (audio)
        text += "  d.audio_0 ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0 ! appsink name=a sync=false";
    GError* error = nullptr;
    GstElement* pipeline = gst_parse_launch(text.c_str(), &error);
    if (pipeline == nullptr) throw std::runtime_error(error->message);
    Puller video{gst_bin_get_by_name(GST_BIN(pipeline), "v"), Track::video};
    Puller sound{audio ? gst_bin_get_by_name(GST_BIN(pipeline), "a") : nullptr, Track::audio};
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    int count = 0;
    for (bool v = video.fetch(), a = sound.fetch(); v || a; v = video.fetch(), a = sound.fetch(), ++count)
        (v && (!a || video.time() <= sound.time()) ? video : sound).deliver(to, segment_ns);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    if (count == 0) throw std::runtime_error("nothing in " + path);
}

void run_steps(int argc, char** argv) {
    FileSink sink(argv[1]);
    FragmentMaker maker(sink);
    Play play;
    MakerSink media(maker, play);
    for (int i = 2; i < argc; ++i) {
        const std::string step = argv[i];
        const std::string name = step.substr(0, step.find('='));
        const std::string value = step.find('=') == std::string::npos ? "" : step.substr(step.find('=') + 1);
        if (name == "file")
            play_file(value, play.with_audio, media, play.segment_ns);
        else if (name == "shift")
            play.shift_ns = static_cast<std::int64_t>(std::strtod(value.c_str(), nullptr) * 1e9);
        else if (name == "skip")
            play.skip = std::atoi(value.c_str());
        else if (name == "burst")
            play.burst = std::atoi(value.c_str());
        else if (name == "forget-audio")
            play.with_audio = false;
        else if (name == "end")
            maker.end_run();
        else
            throw std::runtime_error("unknown step " + step);
    }
    maker.end_run();
}

}  // namespace
}  // namespace gatehouse::mediad

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    gst_init(&argc, &argv);
    try {
        gatehouse::mediad::run_steps(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
    return 0;
}
