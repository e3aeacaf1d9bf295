#include "config/configuration.h"

#include <algorithm>
#include <filesystem>

#include "config/yaml_reader.h"

namespace gatehouse::config {

std::string plugin_file(const std::string& file, const std::string& plugin) {
    return (std::filesystem::path(file).parent_path() / "plugins.d" / (plugin + ".yaml")).string();
}

std::shared_ptr<const Configuration> load_configuration(const std::string& file, ConfigIssues& issues) {
    auto configuration = std::make_shared<Configuration>();
    configuration->file = file;
    configuration->root = read_yaml_file(file, true, issues);
    app_settings_table().read(configuration->root, configuration->app, issues, "");
    check_settings(configuration->app, configuration->root, issues);
    for (const auto& plugin : configuration->app.plugins.enabled)
        if (is_plugin_name(plugin))
            configuration->plugins[plugin] = read_yaml_file(plugin_file(file, plugin), false, issues);
    return configuration;
}

bool same_values(const ConfigNode& a, const ConfigNode& b) {
    if (a.kind() != b.kind() || a.scalar() != b.scalar() || a.quoted() != b.quoted()) return false;
    const auto same_entry = [](const ConfigNode::Entry& x, const ConfigNode::Entry& y) {
        return x.key == y.key && same_values(x.value, y.value);
    };
    return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(), same_values) &&
           std::equal(a.entries().begin(), a.entries().end(), b.entries().begin(), b.entries().end(), same_entry);
}

std::vector<std::string> changes_that_need_a_restart(const AppSettings& running, const AppSettings& wanted) {
    const auto old_values = app_settings_table().show(running), new_values = app_settings_table().show(wanted);
    std::vector<std::string> changed;
    for (std::size_t i = 0; i < old_values.size(); ++i)
        if (old_values[i].doc.reload != ReloadClass::kHot && old_values[i].value != new_values[i].value)
            changed.push_back(old_values[i].doc.key);
    return changed;
}

}  // namespace gatehouse::config
