#include "gst_setup.h"

#include <gst/gst.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace gatehouse::mediad {

void set_up_gstreamer() {
    ::setenv("GST_REGISTRY_DISABLE", "yes", 1);
    GError* error = nullptr;
    if (gst_init_check(nullptr, nullptr, &error) == FALSE) {
        const std::string text = error != nullptr ? error->message : "unknown reason";
        g_clear_error(&error);
        throw std::runtime_error("GStreamer cannot be initialised: " + text);
    }
    for (const char* name : {"coreelements", "app", "rtsp", "rtpmanager", "rtp", "udp", "videoparsersbad"}) {
        const std::string file = std::string(GATEHOUSE_GST_PLUGIN_DIR "/libgst") + name + ".so";
        GstPlugin* plugin = gst_plugin_load_file(file.c_str(), &error);
        if (plugin == nullptr) {
            g_clear_error(&error);
            throw std::runtime_error("GStreamer's plugin " + file + " is missing or broken");
        }
        gst_object_unref(plugin);
    }
}

void tear_down_gstreamer() { gst_deinit(); }

}  // namespace gatehouse::mediad
