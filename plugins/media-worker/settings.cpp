#include "settings.h"

namespace gatehouse::media_worker {

const ConfigTable<Settings>& settings_table() {
    static const ConfigTable<Settings> table =
        ConfigTable<Settings>()
            .choice("mode", &Settings::mode, {"auto", "service", "child"},
                    "Where the media worker comes from: a service, a child of the gateway, or whichever is there",
                    {.reload = ReloadClass::kPluginRestart})
            .text("socket", &Settings::socket, 107, "The service's socket; empty: media.sock in the runtime directory",
                  {.reload = ReloadClass::kPluginRestart})
            .text("program", &Settings::program, 4096,
                  "Program started as a child; empty: gatehouse-mediad in the libexec directory",
                  {.reload = ReloadClass::kPluginRestart})
            .integer("streams_per_shard", &Settings::streams_per_shard, {.min = 1, .max = 64},
                     "Streams that share one process of a worker started as a child",
                     {.reload = ReloadClass::kPluginRestart});
    return table;
}

}  // namespace gatehouse::media_worker
