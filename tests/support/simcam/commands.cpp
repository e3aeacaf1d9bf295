#include "commands.hpp"

#include <charconv>
#include <map>
#include <sstream>
#include <stdexcept>

namespace gatehouse::simcam {
namespace {

long number_in(const std::string& text, long low, long high) {
    long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) {
        throw std::invalid_argument("a number from " + std::to_string(low) + " to " + std::to_string(high) +
                                    " is wanted, not '" + text + "'");
    }
    return value;
}

// Seconds with a fraction, as milliseconds.
long milliseconds_in(const std::string& text, double low, double high) {
    std::istringstream stream(text);
    double seconds = 0;
    if (!(stream >> seconds) || !stream.eof() || seconds < low || seconds > high) {
        throw std::invalid_argument("seconds out of range: '" + text + "'");
    }
    return static_cast<long>(seconds * 1000.0);
}

std::string hang_method(const std::string& argument) {
    const std::map<std::string, std::string> methods{
        {"", "DESCRIBE"}, {"describe", "DESCRIBE"}, {"setup", "SETUP"}, {"play", "PLAY"}};
    const auto found = methods.find(argument);
    if (found == methods.end()) throw std::invalid_argument("hang takes describe, setup or play");
    return found->second;
}

void set_resolution(Camera& camera, const std::string& argument) {
    const auto cross = argument.find('x');
    if (cross == std::string::npos) throw std::invalid_argument("resolution takes WIDTHxHEIGHT");
    const long width = number_in(argument.substr(0, cross), 160, 3840);
    const long height = number_in(argument.substr(cross + 1), 90, 2160);
    if (width % 2 != 0 || height % 2 != 0) throw std::invalid_argument("width and height must be even");
    camera.set_resolution(static_cast<int>(width), static_cast<int>(height));
}

}  // namespace

Commands::Commands(std::vector<Camera*> cameras, FaultProxy& proxy, std::function<void()> quit)
    : cameras_(std::move(cameras)), proxy_(proxy), quit_(std::move(quit)) {}

std::vector<std::size_t> Commands::selected(const std::string& which) const {
    std::vector<std::size_t> indices;
    if (which == "all") {
        for (std::size_t i = 0; i < cameras_.size(); ++i) indices.push_back(i);
    } else {
        indices.push_back(static_cast<std::size_t>(number_in(which, 1, static_cast<long>(cameras_.size())) - 1));
    }
    return indices;
}

std::string Commands::stats_json(std::size_t camera) {
    const CameraStats stats = proxy_.stats(camera);
    return "{\"camera\":" + std::to_string(camera + 1) + ",\"fault\":\"" + stats.fault +
           "\",\"sessions\":" + std::to_string(stats.sessions) +
           ",\"connections\":" + std::to_string(stats.connections) + ",\"connects\":" + std::to_string(stats.connects) +
           ",\"plays\":" + std::to_string(stats.plays) + "}";
}

void Commands::apply(std::size_t index, const std::string& name, const std::string& argument) {
    Camera& camera = *cameras_.at(index);
    const std::map<std::string, std::function<void()>> actions{
        {"normal",
         [&] {
             camera.normal();
             proxy_.reset_every(index, std::chrono::milliseconds(0));
             proxy_.set_fault(index, ConnectionFault::none);
         }},
        {"refuse", [&] { proxy_.set_fault(index, ConnectionFault::refuse); }},
        {"unauthorized", [&] { proxy_.set_fault(index, ConnectionFault::unauthorized); }},
        {"hang", [&] { proxy_.set_fault(index, ConnectionFault::hang, hang_method(argument)); }},
        {"trickle", [&] { proxy_.set_fault(index, ConnectionFault::trickle); }},
        {"freeze", [&] { camera.freeze(); }},
        {"silent", [&] { camera.silent(); }},
        {"resolution", [&] { set_resolution(camera, argument); }},
        {"gop", [&] { camera.set_gop(static_cast<double>(milliseconds_in(argument, 0.1, 60)) / 1000.0); }},
        {"jump", [&] { camera.jump(number_in(argument, -86'400'000, 86'400'000)); }},
        {"wrap",
         [&] {
             camera.wrap_soon();
             proxy_.drop_connections(index, false);
         }},
        {"eos", [&] { camera.end_of_stream(); }},
        {"reset", [&] { proxy_.drop_connections(index, true); }},
        {"reset-every",
         [&] { proxy_.reset_every(index, std::chrono::milliseconds(milliseconds_in(argument, 0, 3600))); }},
    };
    const auto action = actions.find(name);
    if (action == actions.end()) throw std::invalid_argument("unknown command '" + name + "'");
    action->second();
}

std::string Commands::execute(const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    std::string which;
    std::string name;
    std::string argument;
    std::string surplus;
    words >> verb >> which >> name >> argument >> surplus;
    try {
        if (verb == "quit" && which.empty()) {
            quit_();
            return "ok";
        }
        if (verb != "cam" || name.empty() || !surplus.empty()) {
            throw std::invalid_argument("want 'cam <number|all> <command> [argument]' or 'quit'");
        }
        std::string list;
        for (const std::size_t camera : selected(which)) {
            if (name == "stats")
                list += (list.empty() ? "" : ",") + stats_json(camera);
            else
                apply(camera, name, argument);
        }
        if (name != "stats") return "ok";
        return which == "all" ? "ok [" + list + "]" : "ok " + list;
    } catch (const std::exception& error) {
        return std::string("error: ") + error.what();
    }
}

}  // namespace gatehouse::simcam
