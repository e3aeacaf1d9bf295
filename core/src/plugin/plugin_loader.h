// From a name in the YAML to a configured instance that has not started: what --check-config, start and reload share.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gatehouse/config.h>

#include "plugin/plugin_instance.h"

namespace gatehouse::plugin {

// A plugin named in the YAML, with its own section.
struct PluginWish {
    std::string name;
    ConfigNode node;
    bool critical = false;
};

// What became of a wish.
struct Candidate {
    PluginWish wish;
    std::shared_ptr<PluginLibrary> library;    // null where the .so is missing or refused
    std::unique_ptr<PluginInstance> instance;  // configured; null where that failed
    std::string refused;                       // why there is no library; for the operator
    std::string failed;        // why there is a library but no instance: create() or configure() threw or hung
    bool quarantined = false;  // `refused` says since when
    bool hung = false;         // `failed` says in which call
};

// Used by one thread at a time.
class PluginLoader {
public:
    struct Options {
        std::string directory;
        std::chrono::milliseconds configure_deadline{15'000};
        bool unload = false;  // at the end, where no instance hangs; for tests under sanitizers
    };
    // A reason to leave the plugin out without touching its file.
    using Veto = std::function<std::optional<std::string>(const std::string& plugin, const std::string& so_path)>;

    // Everything referred to must outlive it.
    PluginLoader(Options options, Breadcrumb& breadcrumb, Metrics& metrics, const Patience& patience, Veto veto);
    ~PluginLoader();
    PluginLoader(const PluginLoader&) = delete;
    PluginLoader& operator=(const PluginLoader&) = delete;

    // Loads what is not loaded yet and configures fresh instances of all; every plugin's problems go to `issues`.
    std::vector<Candidate> prepare(const std::vector<PluginWish>& wishes, ConfigIssues& issues);
    Candidate prepare_one(const PluginWish& wish, ConfigIssues& issues);
    // Keeps an instance whose thread was abandoned: its code and data must stay.
    void bury(std::unique_ptr<PluginInstance> hung);
    bool has_hung() const noexcept { return !hung_.empty(); }

    void set_configure_deadline(std::chrono::milliseconds deadline) { options_.configure_deadline = deadline; }

private:
    Options options_;
    Breadcrumb& breadcrumb_;
    Metrics& metrics_;
    const Patience& patience_;
    Veto veto_;
    std::map<std::string, std::shared_ptr<PluginLibrary>> libraries_;  // stay for the life of the process
    std::vector<std::unique_ptr<PluginInstance>> hung_;
};

}  // namespace gatehouse::plugin
