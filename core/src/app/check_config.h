// The configuration as a whole: gatehouse.yaml, the plugins' files, and what the plugins say of them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/configuration.h"
#include "plugin/breadcrumb.h"
#include "plugin/plugin_loader.h"
#include "plugin/quarantine.h"

namespace gatehouse::app {

// The plugins of a configuration, in its order.
std::vector<plugin::PluginWish> wishes_of(const config::Configuration& configuration);

struct CheckedConfiguration {
    std::shared_ptr<const config::Configuration> configuration;
    ConfigIssues issues;
    std::vector<std::string> warnings;  // plugins that would not run, files the service cannot read
};

// Before a start a critical plugin that would not run is an issue: the service would end. In a start it ends so, and is
// started again, as the plugin's file may be about to come.
enum class Strictness { kBeforeStart, kInStart };

// Lets every enabled plugin check its own file. Loads plugins, starts nothing. Blocking.
void check_plugins(CheckedConfiguration& checked, plugin::Breadcrumb& breadcrumb, const plugin::Quarantine& quarantine,
                   Strictness strictness);

// Reads all files and lets every enabled plugin check its own. Loads plugins, starts nothing. Blocking.
CheckedConfiguration check_configuration(const std::string& file);

// As the operator reads it: one "file:line:column: message" a line.
std::string issues_text(const ConfigIssues& issues);

}  // namespace gatehouse::app
