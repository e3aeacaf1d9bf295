// The whole configuration of one moment: gatehouse.yaml and the files of the enabled plugins, read together.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gatehouse/config.h>

#include "config/app_settings.h"

namespace gatehouse::config {

struct Configuration {
    std::string file;  // gatehouse.yaml as named by the operator
    ConfigNode root;
    AppSettings app;
    // By plugin name; a missing node where the plugin has no file, which means all defaults.
    std::map<std::string, ConfigNode> plugins;
};

// Reads everything there is to read and collects all problems of all files; the result is only meaningful when `issues`
// stayed empty. Plugins check their own keys later (Plugin::configure). Blocking.
std::shared_ptr<const Configuration> load_configuration(const std::string& file, ConfigIssues& issues);

// <dir of gatehouse.yaml>/plugins.d/<plugin>.yaml
std::string plugin_file(const std::string& file, const std::string& plugin);

// True where two nodes hold the same values, wherever they are written.
bool same_values(const ConfigNode& a, const ConfigNode& b);

// Keys of gatehouse.yaml that differ and take effect only when the service is started again; dotted names.
std::vector<std::string> changes_that_need_a_restart(const AppSettings& running, const AppSettings& wanted);

}  // namespace gatehouse::config
