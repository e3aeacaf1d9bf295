#include "settings.h"

namespace gatehouse::hls {

const ConfigTable<Settings>& settings_table() {
    using namespace std::chrono_literals;
    static const ConfigTable<Settings> table =
        ConfigTable<Settings>()
            .duration("playlist", &Settings::playlist, {.min = 6s, .max = 60s},
                      "Length of a live playlist; longer where four segments are",
                      {.reload = ReloadClass::kPluginRestart})
            .duration("keep_window", &Settings::keep_window, {.min = 5s, .max = 5min},
                      "How long the last pictures are served after a camera has stopped",
                      {.reload = ReloadClass::kPluginRestart})
            .duration("first_picture_wait", &Settings::first_picture_wait, {.min = 0s, .max = 60s},
                      "How long a viewer waits for the first pictures of a camera that is being started; 0: not at all",
                      {.reload = ReloadClass::kPluginRestart})
            .duration("viewer_timeout", &Settings::viewer_timeout, {.min = 5s, .max = 5min},
                      "A viewer who asked for nothing for so long has left", {.reload = ReloadClass::kPluginRestart})
            .duration("viewer_flush", &Settings::viewer_flush, {.min = 10s, .max = 10min},
                      "How often viewer sessions are written to the database", {.reload = ReloadClass::kPluginRestart})
            .duration("viewer_retention", &Settings::viewer_retention, {.min = 1h, .max = 8'760h},
                      "How long viewer sessions are kept in the database", {.reload = ReloadClass::kPluginRestart})
            .integer("viewer_sessions", &Settings::viewer_sessions, {.min = 1'000, .max = 100'000'000},
                     "Most viewer sessions kept in the database; beyond them the oldest go first",
                     {.reload = ReloadClass::kPluginRestart})
            .size("origin_cache", &Settings::origin_cache, {.min = 1 << 20, .max = std::int64_t{16} << 30},
                  "Memory for files of an engine that does not hand over its bytes",
                  {.reload = ReloadClass::kPluginRestart});
    return table;
}

}  // namespace gatehouse::hls
