#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::simcam {

enum class Codec { h264, h265 };
enum class Audio { none, aac, pcma };
enum class Auth { none, basic, digest };
enum class Source { encoder, blocks, clip };  // README.md, "Where the pictures come from"

struct VideoOptions {
    Codec codec = Codec::h264;
    int width = 640;   // 160..3840, even
    int height = 360;  // 90..2160, even
    int fps = 15;      // 1..60
    double gop_s = 2;  // 0.1..60
    int bframes = 0;   // 0..4
    int bitrate_kbps = 500;
};

struct CameraOptions {
    std::uint8_t number = 1;
    Source source = Source::encoder;
    std::string clip_file;
    VideoOptions main;
    VideoOptions sub{.width = 320, .height = 180, .fps = 10, .bitrate_kbps = 150};
    bool has_sub = false;
    bool warm = false;  // the source runs without viewers, so that a first viewer joins in mid-GOP
    Audio audio = Audio::none;
    int aac_units = 1;  // access units per RTP packet, 1..8
    Auth auth = Auth::none;
    std::string user;
    std::string password;
};

struct Options {
    std::vector<CameraOptions> cameras;
    std::uint16_t port = 0;  // of the first camera; 0: the kernel's choice, for every camera
    std::uint16_t control_port = 0;
    bool port_per_camera = true;
    bool die_with_parent = false;
};

// Throws std::invalid_argument with a sentence that names the option and the range.
void apply_camera_setting(CameraOptions& camera, const std::string& key, const std::string& value);

// Parses the command line; on --help or an error prints and returns the exit code in `exit_code` >= 0.
Options parse_command_line(int argc, const char* const* argv, int& exit_code);

}  // namespace gatehouse::simcam
