#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/app_settings.h"
#include "config/config_pages.h"
#include "config/yaml_reader.h"

// Whatever the bytes are: the tree is bounded, every problem has a place in the file, and a text without problems gives
// settings that are good when they are written down and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gatehouse;
    ConfigIssues issues;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const ConfigNode root = config::read_yaml(text, "f", issues);
    config::AppSettings settings;
    config::app_settings_table().read(root, settings, issues, "");
    config::check_settings(settings, root, issues);
    for (const auto& issue : issues.all())
        if (issue.where.file != "f" || issue.where.line < 0 || issue.message.empty()) std::abort();
    if (!issues.empty()) return 0;

    std::string again;
    std::string section;
    for (const auto& [doc, value] : config::app_settings_table().show(settings)) {
        const auto dot = doc.key.find('.');
        if (doc.key.substr(0, dot) != section) again += (section = doc.key.substr(0, dot)) + ":\n";
        again += "  " + doc.key.substr(dot + 1) + ": " + value + "\n";
    }
    ConfigIssues none;
    config::AppSettings same;
    config::app_settings_table().read(config::read_yaml(again, "f", none), same, none, "");
    if (!none.empty()) std::abort();
    const auto first = config::app_settings_table().show(settings), second = config::app_settings_table().show(same);
    for (std::size_t i = 0; i < first.size(); ++i)
        if (first[i].value != second[i].value) std::abort();
    return 0;
}
