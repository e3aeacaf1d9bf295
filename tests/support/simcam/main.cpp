#include <glib-unix.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <iostream>
#include <map>

#include "camera.hpp"
#include "commands.hpp"
#include "control_server.hpp"
#include "fault_proxy.hpp"
#include "frame_clock.hpp"
#include "options.hpp"

namespace gatehouse::simcam {
namespace {

gboolean quit(gpointer loop) {
    alarm(5);  // a shutdown that hangs ends here
    g_main_loop_quit(static_cast<GMainLoop*>(loop));
    return G_SOURCE_REMOVE;
}

// False when the parent is gone already.
bool follow_parent() {
    const pid_t parent = getppid();
    return prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent && parent != 1;
}

std::string ready_line(const std::vector<Camera*>& cameras, const FaultProxy& proxy, std::uint16_t control_port) {
    std::string list;
    for (std::size_t i = 0; i < cameras.size(); ++i) {
        const Camera* camera = cameras[i];
        const std::string number = std::to_string(camera->options().number);
        const std::string url = "rtsp://127.0.0.1:" + std::to_string(proxy.port(i)) + "/cam" + number;
        list += (list.empty() ? "" : ",");
        list += "{\"number\":" + number + ",\"main\":\"" + url + "\"";
        if (camera->options().has_sub) list += ",\"sub\":\"" + url + "/sub\"";
        list += "}";
    }
    return "{\"rtsp_port\":" + std::to_string(proxy.port(0)) + ",\"control_port\":" + std::to_string(control_port) +
           ",\"cameras\":[" + list + "]}";
}

int run(const Options& options) {
    if (options.die_with_parent && !follow_parent()) return 0;
    const std::unique_ptr<GMainLoop, decltype(&g_main_loop_unref)> loop(g_main_loop_new(nullptr, FALSE),
                                                                        &g_main_loop_unref);
    g_unix_signal_add(SIGTERM, &quit, loop.get());
    g_unix_signal_add(SIGINT, &quit, loop.get());
    const ObjectPtr<GstRTSPThreadPool> threads(gst_rtsp_thread_pool_new());
    std::vector<std::unique_ptr<Camera>> owned;
    std::vector<Camera*> cameras;
    std::vector<std::uint16_t> internal_ports;
    std::vector<Paced*> paced;
    std::map<std::string, std::shared_ptr<const Clip>> clips;  // cameras with the same file share it
    for (const CameraOptions& camera : options.cameras) {
        std::shared_ptr<const Clip> clip;
        if (camera.source == Source::clip) {
            auto& shared = clips[camera.clip_file];
            if (!shared) shared = load_clip(camera.clip_file);
            clip = shared;
        }
        cameras.push_back(owned.emplace_back(std::make_unique<Camera>(camera, clip, threads.get())).get());
        internal_ports.push_back(cameras.back()->internal_port());
        for (Paced* stream : cameras.back()->paced()) paced.push_back(stream);
    }
    FaultProxy proxy(internal_ports, options.port, options.port_per_camera);
    Commands commands(cameras, proxy, [&loop] { g_idle_add(&quit, loop.get()); });
    const ControlServer control(options.control_port,
                                [&commands](const std::string& line) { return commands.execute(line); });
    const FrameClock clock(paced);
    std::cout << ready_line(cameras, proxy, control.port()) << std::endl;
    g_main_loop_run(loop.get());
    return 0;
}

}  // namespace
}  // namespace gatehouse::simcam

int main(int argc, char** argv) {
    int exit_code = -1;
    const auto options = gatehouse::simcam::parse_command_line(argc, argv, exit_code);
    if (exit_code >= 0) return exit_code;
    try {
        gst_init(nullptr, nullptr);
        return gatehouse::simcam::run(options);
    } catch (const std::exception& error) {
        std::cerr << "gatehouse-simcam: " << error.what() << '\n';
        return 1;
    }
}
