#include "options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string_view>

namespace gatehouse::simcam {
namespace {

int integer_in(const std::string& key, const std::string& text, int low, int high) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) {
        throw std::invalid_argument(key + ": " + std::to_string(low) + ".." + std::to_string(high) + ", not '" + text +
                                    "'");
    }
    return value;
}

double seconds_in(const std::string& key, const std::string& text, double low, double high) {
    std::size_t used = 0;
    double value = 0;
    try {
        value = std::stod(text, &used);
    } catch (const std::exception&) {
        used = 0;
    }
    if (used == 0 || used != text.size() || !std::isfinite(value) || value < low || value > high) {
        throw std::invalid_argument(key + ": seconds out of range: '" + text + "'");
    }
    return value;
}

template <class T>
T choice_of(const std::string& key, const std::string& text, const std::map<std::string, T>& choices) {
    const auto found = choices.find(text);
    if (found != choices.end()) return found->second;
    std::string list;
    for (const auto& [name, value] : choices) list += (list.empty() ? "" : "|") + name;
    throw std::invalid_argument(key + ": " + list + ", not '" + text + "'");
}

int even_in(const std::string& key, const std::string& text, int low, int high) {
    const int value = integer_in(key, text, low, high);
    if (value % 2 != 0) throw std::invalid_argument(key + ": must be even");
    return value;
}

bool apply_video_setting(VideoOptions& video, const std::string& key, const std::string& value) {
    if (key == "width")
        video.width = even_in(key, value, 160, 3840);
    else if (key == "height")
        video.height = even_in(key, value, 90, 2160);
    else if (key == "fps")
        video.fps = integer_in(key, value, 1, 60);
    else if (key == "gop")
        video.gop_s = seconds_in(key, value, 0.1, 60);
    else if (key == "bframes")
        video.bframes = integer_in(key, value, 0, 4);
    else if (key == "bitrate")
        video.bitrate_kbps = integer_in(key, value, 50, 20000);
    else if (key == "codec")
        video.codec = choice_of<Codec>(key, value, {{"h264", Codec::h264}, {"h265", Codec::h265}});
    else
        return false;
    return true;
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::string part;
    std::istringstream stream(text);
    while (std::getline(stream, part, separator)) parts.push_back(part);
    return parts;
}

void apply_settings(CameraOptions& camera, const std::string& settings) {
    for (const std::string& setting : split(settings, ',')) {
        const auto equals = setting.find('=');
        if (equals == std::string::npos) throw std::invalid_argument("'" + setting + "' is not key=value");
        apply_camera_setting(camera, setting.substr(0, equals), setting.substr(equals + 1));
    }
}

// "2:codec=h265,gop=4": settings of camera 2 only.
void apply_camera_spec(std::vector<CameraOptions>& cameras, const std::string& spec) {
    const auto colon = spec.find(':');
    if (colon == std::string::npos) throw std::invalid_argument("--cam: '" + spec + "' is not NUMBER:key=value,...");
    const int number = integer_in("--cam", spec.substr(0, colon), 1, static_cast<int>(cameras.size()));
    apply_settings(cameras.at(static_cast<std::size_t>(number - 1)), spec.substr(colon + 1));
}

void check(const CameraOptions& camera) {
    const std::string who = "camera " + std::to_string(camera.number) + ": ";
    if (camera.auth != Auth::none && camera.user.empty()) throw std::invalid_argument(who + "auth needs user=");
    if (camera.source != Source::blocks) return;
    for (const VideoOptions* video : {&camera.main, &camera.sub}) {
        if (video == &camera.sub && !camera.has_sub) continue;
        if (video->width % 640 != 0 || video->codec != Codec::h264 || video->bframes != 0) {
            throw std::invalid_argument(who + "source=blocks makes H.264 without B-frames, 640, 1280, ... wide");
        }
    }
}

}  // namespace

void apply_camera_setting(CameraOptions& camera, const std::string& key, const std::string& value) {
    const std::map<std::string, bool> booleans{{"true", true}, {"false", false}, {"1", true}, {"0", false}};
    if (key.starts_with("sub.")) {
        if (!apply_video_setting(camera.sub, key.substr(4), value))
            throw std::invalid_argument("unknown setting '" + key + "'");
        camera.has_sub = true;
    } else if (key == "sub")
        camera.has_sub = choice_of(key, value, booleans);
    else if (key == "warm")
        camera.warm = choice_of(key, value, booleans);
    else if (key == "audio")
        camera.audio =
            choice_of<Audio>(key, value, {{"none", Audio::none}, {"aac", Audio::aac}, {"pcma", Audio::pcma}});
    else if (key == "aac-units")
        camera.aac_units = integer_in(key, value, 1, 8);
    else if (key == "auth")
        camera.auth =
            choice_of<Auth>(key, value, {{"none", Auth::none}, {"basic", Auth::basic}, {"digest", Auth::digest}});
    else if (key == "source")
        camera.source = choice_of<Source>(key, value, {{"encoder", Source::encoder}, {"blocks", Source::blocks}});
    else if (key == "clip") {
        camera.source = Source::clip;
        camera.clip_file = value;
    } else if (key == "user") {
        camera.user = value;
        if (camera.auth == Auth::none) camera.auth = Auth::digest;
    } else if (key == "password")
        camera.password = value;
    else if (!apply_video_setting(camera.main, key, value))
        throw std::invalid_argument("unknown setting '" + key + "'");
}

Options parse_command_line(int argc, const char* const* argv, int& exit_code) {
    exit_code = -1;
    Options options;
    int count = 1;
    bool sub = false;
    std::string clip;
    std::string all;
    std::vector<std::string> specs;
    CLI::App app{"Simulated RTSP cameras with a clock in the picture, which misbehave on command."};
    app.add_option("--cameras", count, "how many, numbered from 1")->check(CLI::Range(1, 255));
    app.add_option("--port", options.port, "RTSP port of camera 1 on 127.0.0.1, the others follow; 0: any");
    app.add_option("--control-port", options.control_port, "port of the control line protocol; 0: any");
    app.add_flag("--port-per-camera,!--one-port", options.port_per_camera, "a port for each camera (default)");
    app.add_flag("--sub", sub, "every camera has a second, smaller stream at /camN/sub");
    app.add_option("--clip", clip, "every camera loops this mp4 (H.264 or H.265) without encoding anything");
    app.add_option("--all", all, "settings of every camera: key=value,...");
    app.add_option("--cam", specs, "settings of one camera: NUMBER:key=value,...");
    app.add_flag("--die-with-parent", options.die_with_parent, "end when the parent process ends");
    try {
        app.parse(argc, argv);
        for (int number = 1; number <= count; ++number) {
            CameraOptions& camera = options.cameras.emplace_back();
            camera.number = static_cast<std::uint8_t>(number);
            camera.has_sub = sub;
            if (!clip.empty()) apply_camera_setting(camera, "clip", clip);
            apply_settings(camera, all);
        }
        for (const std::string& spec : specs) apply_camera_spec(options.cameras, spec);
        for (const CameraOptions& camera : options.cameras) check(camera);
    } catch (const CLI::ParseError& error) {
        exit_code = app.exit(error);
    } catch (const std::invalid_argument& error) {
        std::cerr << "gatehouse-simcam: " << error.what() << '\n';
        exit_code = 64;
    }
    return options;
}

}  // namespace gatehouse::simcam
