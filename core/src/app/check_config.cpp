#include "app/check_config.h"

#include <algorithm>

#include "app/certificate.h"
#include "metrics/metrics_registry.h"

namespace gatehouse::app {

void check_plugins(CheckedConfiguration& checked, plugin::Breadcrumb& breadcrumb, const plugin::Quarantine& quarantine,
                   Strictness strictness) {
    const auto& app = checked.configuration->app;
    const auto veto = [&](const std::string& name, const std::string& so_path) -> std::optional<std::string> {
        if (!quarantine.find(name, plugin::Quarantine::identity_of(so_path))) return std::nullopt;
        return "in quarantine, because the process died repeatedly in it";
    };
    metrics::MetricsRegistry metrics;
    const plugin::Patience patience(app.plugins.start_deadline);
    plugin::PluginLoader loader({app.plugin_dir(), app.plugins.start_deadline, false}, breadcrumb, metrics, patience,
                                veto);
    for (const auto& candidate : loader.prepare(wishes_of(*checked.configuration), checked.issues)) {
        const std::string& reason = candidate.refused.empty() ? candidate.failed : candidate.refused;
        if (reason.empty()) continue;
        const std::string text = "plugin " + candidate.wish.name + " would not run: " + reason;
        if (strictness == Strictness::kBeforeStart && candidate.wish.critical && !candidate.quarantined)
            checked.issues.add(candidate.wish.node.location(), text + "; it is critical, so the service would end");
        else
            checked.warnings.push_back(text);
    }
}

std::vector<plugin::PluginWish> wishes_of(const config::Configuration& configuration) {
    const auto& critical = configuration.app.plugins.critical;
    std::vector<plugin::PluginWish> wishes;
    for (const auto& name : configuration.app.plugins.enabled) {
        const auto node = configuration.plugins.find(name);
        if (node == configuration.plugins.end()) continue;  // not a name at all; reported already
        const bool twice =
            std::any_of(wishes.begin(), wishes.end(), [&](const auto& wish) { return wish.name == name; });
        if (twice) continue;
        wishes.push_back({name, node->second, std::find(critical.begin(), critical.end(), name) != critical.end()});
    }
    return wishes;
}

CheckedConfiguration check_configuration(const std::string& file) {
    CheckedConfiguration checked;
    checked.configuration = config::load_configuration(file, checked.issues);
    (void)load_certificate(*checked.configuration, checked.issues);
    plugin::Breadcrumb breadcrumb("");  // in memory: a service that runs meanwhile keeps its own
    const plugin::Quarantine quarantine(checked.configuration->app.paths.state_dir + "/plugin-deaths.json", {});
    check_plugins(checked, breadcrumb, quarantine, Strictness::kBeforeStart);
    return checked;
}

std::string issues_text(const ConfigIssues& issues) {
    std::string text;
    for (const auto& issue : issues.all()) text += issue.text() + '\n';
    return text;
}

}  // namespace gatehouse::app
