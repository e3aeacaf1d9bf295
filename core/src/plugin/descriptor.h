// The descriptor of a plugin, checked and copied, so that nothing else touches the plugin's plain data.
#pragma once

#include <string>
#include <vector>

#include <gatehouse/plugin.h>

namespace gatehouse::plugin {

struct Descriptor {
    std::string name, version, summary, table_prefix;  // table_prefix empty: no tables
    std::vector<std::string> provides, required, optional, route_prefixes;
    std::vector<PluginMigration> migrations;
    Plugin* (*create)() = nullptr;
    void (*destroy)(Plugin*) = nullptr;
};

// Error(kInvalidArgument) that says what is wrong: ABI, struct size, signature, a name that is not the file's, missing
// functions, lists and prefixes that break the contract.
Descriptor check_descriptor(const PluginDescriptor& raw, const std::string& file_stem);

}  // namespace gatehouse::plugin
