#include "config/config_pages.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace gatehouse::config {

namespace {

using Doc = ConfigKeyDoc;

std::pair<std::string, std::string> split(const std::string& dotted) {
    const auto dot = dotted.find('.');
    return {dotted.substr(0, dot), dotted.substr(dot + 1)};
}

std::string section_doc(const std::string& section) {
    for (const auto& key : app_settings_table().keys())
        if (key.doc.key == section) return key.doc.doc;
    return {};
}

const char* reload_text(ReloadClass reload) {
    switch (reload) {
        case ReloadClass::kHot:
            return "reload";
        case ReloadClass::kPluginRestart:
            return "restart of the plugin, by a reload";
        case ReloadClass::kProcessRestart:
            break;
    }
    return "restart of the service";
}

std::string type_text(const Doc& doc) {
    std::string text = doc.type;
    if (!doc.unit.empty()) text += " in " + doc.unit;
    if (!doc.bounds.empty()) text += ", " + doc.bounds;
    return text;
}

std::string escaped(std::string text) {
    for (auto at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.insert(at, 1, '\\');
    return text;
}

// Plugins' tables are their own, so the host tells a secret in their files by its name.
bool names_a_secret(std::string key) {
    std::transform(key.begin(), key.end(), key.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    static constexpr std::array<std::string_view, 6> kWords = {"password", "passwd",     "secret",
                                                               "token",    "credential", "api_key"};
    return std::any_of(kWords.begin(), kWords.end(),
                       [&](std::string_view word) { return key.find(word) != std::string::npos; });
}

void show_node(std::string& out, const std::string& name, const ConfigNode& node) {
    const std::string origin = "  # " + node.location().file + ':' + std::to_string(node.location().line) + '\n';
    switch (node.kind()) {
        case ConfigNode::Kind::kMap:
            for (const auto& entry : node.entries())
                if (names_a_secret(entry.key))
                    out += name + '.' + entry.key + ": (secret)\n";
                else
                    show_node(out, name + '.' + entry.key, entry.value);
            break;
        case ConfigNode::Kind::kSequence:
            for (std::size_t i = 0; i < node.items().size(); ++i)
                show_node(out, name + '[' + std::to_string(i) + ']', node.items()[i]);
            break;
        case ConfigNode::Kind::kScalar:
            out += name + ": " + (node.quoted() ? config_detail::show_text(node.scalar()) : node.scalar()) + origin;
            break;
        default:
            break;
    }
}

}  // namespace

std::string reference_page() {
    std::string page =
        "# Configuration\n\n"
        "<!-- Made by `gatehoused --print-config-reference`; a test compares the two. -->\n\n"
        "`gatehouse.yaml` holds the keys below; a plugin's own keys are in `plugins.d/<plugin>.yaml` beside it. Every "
        "key has a\n"
        "default, so that a file needs only what differs. `gatehoused --check-config` reads all files and reports "
        "every problem\n"
        "as `file:line:column: message`; with a problem the service does not start (exit code 78), and a reload "
        "(`systemctl\n"
        "reload gatehouse`) leaves the running configuration as it is.\n\n"
        "Bounds of a file: 1 MiB, 32 levels, 20,000 keys and values; no anchors, aliases or tags. An empty file is "
        "refused,\n"
        "because a file cut off while it was written looks like that; a file of comments means all defaults.\n\n"
        "Durations are written `250ms`, `30s`, `5m`, `2h`, `7d`; sizes `512KiB`, `64MiB`, `2GiB` or plain bytes.\n\n"
        "Paths are absolute. The packaged service can write below `/var/lib/gatehouse` and `/run/gatehouse` only: a "
        "`paths.state_dir`,\n"
        "`paths.runtime_dir` or `db.path` elsewhere needs a drop-in (`systemctl edit gatehouse`) with "
        "`ReadWritePaths=` and that\n"
        "directory, which must belong to the user `gatehouse` and lie outside of `/home` and `/root`.\n";
    std::string open;
    for (const auto& [doc, value] : app_settings_table().show(AppSettings{})) {
        const auto [section, key] = split(doc.key);
        if (section != open) {
            open = section;
            page += "\n## " + section + "\n\n" + section_doc(section) +
                    ".\n\n| Key | Type and bounds | Default | What it is | Takes effect by |\n|---|---|---|---|---|\n";
        }
        page += "| `" + doc.key + "` | " + escaped(type_text(doc)) + " | `" + escaped(value) + "` | " +
                escaped(doc.doc) + " | " + reload_text(doc.reload) + " |\n";
    }
    return page;
}

std::string shipped_file(const std::string& enabled_plugins) {
    std::string text =
        "# Gatehouse. Every key is here with its default, but plugins.enabled, whose default is none; the manual is\n"
        "# `man gatehouse.yaml`.\n"
        "# Check a change with `gatehoused --check-config`, apply it with `systemctl reload gatehouse`.\n"
        "# Cameras, areas and users are not configured here; see `gatehousectl cameras --help`.\n";
    std::string open;
    for (const auto& [doc, value] : app_settings_table().show(AppSettings{})) {
        const auto [section, key] = split(doc.key);
        if (section != open) {
            open = section;
            text += "\n# " + section_doc(section) + ".\n" + section + ":\n";
        }
        text += "  # " + doc.doc + " (" + type_text(doc) + "; " + reload_text(doc.reload) + ").\n";
        text += "  " + key + ": " + (doc.key == "plugins.enabled" ? enabled_plugins : value) + "\n";
    }
    return text;
}

std::string effective_text(const Configuration& configuration) {
    std::string text;
    for (const auto& [doc, value] : app_settings_table().show(configuration.app)) {
        const auto [section, key] = split(doc.key);
        const ConfigNode node = configuration.root.get(section).get(key);
        const bool written = node.kind() != ConfigNode::Kind::kMissing;
        text += doc.key + ": " + value + "  # " +
                (written ? node.location().file + ':' + std::to_string(node.location().line) : std::string("default")) +
                '\n';
    }
    for (const auto& [plugin, node] : configuration.plugins) show_node(text, plugin, node);
    return text;
}

}  // namespace gatehouse::config
