// A plugin that keeps killing the process is left out, so that the box runs on with the rest.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gatehouse/clock.h>

namespace gatehouse::plugin {

struct QuarantineRules {
    std::size_t deaths = 3;
    std::chrono::microseconds within = std::chrono::minutes{10};
};

struct Quarantined {
    UtcTime since;
    std::string entry;     // the call of the last death
    std::string identity;  // of the .so; another .so under the name is another chance
};

// Not thread-safe.
class Quarantine {
public:
    // Reads the file where there is one; one that cannot be read counts as none and is replaced.
    Quarantine(std::string path, QuarantineRules rules);

    // A process died in this plugin's call. True when that put the plugin into quarantine. Writes the file; a failure
    // to write is Error(kInternal), the decision stands all the same.
    bool record_death(const std::string& plugin, const std::string& entry, const std::string& identity, UtcTime at);
    // Whether the plugin with this .so is to be left out. A new .so ends the quarantine.
    std::optional<Quarantined> find(const std::string& plugin, const std::string& identity) const;
    // Ends it. True where there was one.
    bool release(const std::string& plugin);

    // Size and change time of a file, as text; empty where it is not there.
    static std::string identity_of(const std::string& so_path);

private:
    struct Death {
        std::string plugin;
        UtcTime at;
    };
    void load();
    void save() const;

    std::string path_;
    QuarantineRules rules_;
    std::vector<Death> deaths_;
    std::map<std::string, Quarantined> quarantined_;
};

}  // namespace gatehouse::plugin
