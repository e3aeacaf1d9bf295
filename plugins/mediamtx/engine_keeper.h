// How the two modes bring MediaMTX to the paths we want. Used by one thread, the controller's.
#pragma once

#include <gatehouse/clock.h>

#include <cstdint>
#include <map>
#include <string>

#include "api_client.h"
#include "desired_paths.h"
#include "hls/hls_engine.h"
#include "path_plan.h"

namespace gatehouse::mediamtx {

using WantedPaths = std::map<std::string, DesiredPath>;

class EngineKeeper {
public:
    struct Facts {
        std::string trouble;       // plain words; empty: none
        std::uint64_t starts = 0;  // of a child
        std::uint64_t writes = 0;  // of the file, or calls that changed something
        int pid = 0;               // of a child
    };

    virtual ~EngineKeeper() = default;
    // What MediaMTX shall have from now on.
    virtual void want(const WantedPaths& wanted, MonotonicTime now) = 0;
    // Does what is due, gives the time of the next turn. True in `applied`: MediaMTX was given something.
    virtual MonotonicTime tick(MonotonicTime now, bool& applied) = 0;
    // There is a change that MediaMTX was not given yet: what it has now is no fault.
    virtual bool pending() const { return false; }
    // Adds to `plan` what MediaMTX has otherwise besides its paths. May ask it, and throw as ApiClient does.
    virtual void inspect(ApiClient&, const ConfiguredPaths&, PathPlan&) {}
    // MediaMTX has something else than we want. Not called while a change is settling. True: something was done.
    virtual bool repair(const PathPlan& plan, const ConfiguredPaths& actual, MonotonicTime now) = 0;
    // MediaMTX has what we want.
    virtual void agreed() = 0;
    // MediaMTX's API refuses us, or does not ask our hook. True: something was done about it.
    virtual bool shut_out(MonotonicTime) { return false; }
    // After a connection to a MediaMTX we have not talked to yet.
    virtual void met(const std::optional<EngineInfo>& info) = 0;
    // It does not answer.
    virtual void lost(MonotonicTime) {}
    virtual ApiPlace api() const = 0;
    virtual HlsOrigin origin() const = 0;
    virtual Facts facts() const = 0;
};

}  // namespace gatehouse::mediamtx
