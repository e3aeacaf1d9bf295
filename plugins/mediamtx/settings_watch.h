// What somebody else changed in a managed MediaMTX besides the sources of its paths. Pure; for one thread.
//
// Through MediaMTX's API an administrator can point its authentication elsewhere, open a protocol, or have it run a
// command (runOnConnect, runOnReady). Settings that we write are compared with what we wrote; all others, which
// MediaMTX has from its own defaults, with what they were when we met it: what was changed before that, in a MediaMTX
// that runs as a service while the gateway is away, is found among the settings that we write only.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "api_json.h"
#include "engine_config.h"

namespace gatehouse::mediamtx {

class SettingsWatch {
public:
    struct Difference {
        std::vector<std::string> settings;  // names of global settings, in order; never a value
        std::vector<std::string> paths;     // ours, with a further setting that is not the default

        bool empty() const noexcept { return settings.empty() && paths.empty(); }
        bool operator==(const Difference&) const = default;
    };

    // A MediaMTX that has just read our file: its defaults are looked at anew.
    void met();
    // `global` is its answer to /v3/config/global/get, `paths` those of ours. The result holds until the next look.
    const Difference& look(const EngineConfig& wanted, const RawSettings& global, const ConfiguredPaths& paths);
    // What was found last is being mended. True, told once: mending the same thrice did not help, it is this MediaMTX's
    // way and is taken as it is.
    bool note_repair();

private:
    bool known_ = false;
    RawSettings others_;           // settings that we do not write, as MediaMTX had them
    std::size_t path_others_ = 0;  // the same of a path, as a hash; 0: not known yet
    RawSettings accepted_;         // values of settings that cannot be mended
    RawSettings seen_;             // of the last look
    Difference last_;
    std::vector<std::string> repaired_;
    int repairs_ = 0;
};

}  // namespace gatehouse::mediamtx
