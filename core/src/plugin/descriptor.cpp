#include "plugin/descriptor.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <gatehouse/error.h>

namespace gatehouse::plugin {

namespace {

constexpr std::size_t kMaxListed = 64;
constexpr std::size_t kMaxMigrations = 10'000;

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorCode::kInvalidArgument, why); }

std::string text(const char* raw, const char* what) {
    if (raw == nullptr || *raw == '\0') refuse(std::string("its descriptor has no ") + what);
    return raw;
}

std::vector<std::string> list(const char* const* raw, const char* what) {
    std::vector<std::string> items;
    for (; raw != nullptr && *raw != nullptr; ++raw) {
        if (items.size() == kMaxListed) refuse(std::string("its list of ") + what + " does not end");
        if (**raw == '\0') refuse(std::string("its list of ") + what + " has an empty item");
        items.emplace_back(*raw);
    }
    return items;
}

std::vector<PluginMigration> migrations(const PluginMigration* raw) {
    std::vector<PluginMigration> steps;
    for (; raw != nullptr && raw->number != 0; ++raw) {
        if (raw->number != static_cast<std::int32_t>(steps.size()) + 1 || steps.size() == kMaxMigrations)
            refuse("its migrations must be numbered from 1 without holes");
        if (raw->sql == nullptr) refuse("its migration " + std::to_string(raw->number) + " has no SQL");
        steps.push_back(*raw);
    }
    return steps;
}

// The parts that tell whether the rest may be read at all.
void check_abi(const PluginDescriptor& raw) {
    if (raw.struct_size < sizeof(PluginDescriptor)) refuse("its descriptor is shorter than this ABI's; build it anew");
    if (raw.abi_major != GATEHOUSE_ABI_MAJOR || raw.abi_minor > GATEHOUSE_ABI_MINOR)
        refuse(
            "it is built for plugin ABI " + std::to_string(raw.abi_major) + '.' + std::to_string(raw.abi_minor) +
            ", this host has " GATEHOUSE_STRINGIFY(GATEHOUSE_ABI_MAJOR) "." GATEHOUSE_STRINGIFY(GATEHOUSE_ABI_MINOR));
    const std::string signature = text(raw.abi_signature, "ABI signature");
    if (signature != GATEHOUSE_ABI_SIGNATURE)
        refuse("its ABI signature is '" + signature.substr(0, 128) + "', this host's is '" GATEHOUSE_ABI_SIGNATURE "'");
}

void check_prefix(const std::string& prefix) {
    const bool good = prefix.size() <= 32 && prefix.ends_with('_') && prefix[0] >= 'a' && prefix[0] <= 'z' &&
                      std::all_of(prefix.begin(), prefix.end(),
                                  [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
    if (!good) refuse("its table prefix '" + prefix.substr(0, 64) + "' is not of the form abc_");
    for (const std::string_view taken : {"core_", "v_", "sqlite_"})
        if (prefix.starts_with(taken)) refuse("its table prefix '" + prefix + "' belongs to the core");
}

void check_route_prefix(const std::string& prefix) {
    if (!prefix.starts_with('/') || prefix == "/" || prefix.find("..") != std::string::npos)
        refuse("its route prefix '" + prefix.substr(0, 64) + "' must begin with '/' and name more than that");
}

}  // namespace

Descriptor check_descriptor(const PluginDescriptor& raw, const std::string& file_stem) {
    check_abi(raw);
    Descriptor out;
    out.name = text(raw.name, "name");
    if (out.name != file_stem) refuse("it calls itself '" + out.name.substr(0, 64) + "', which is not its file's name");
    out.version = text(raw.version, "version");
    out.summary = text(raw.summary, "summary");
    if (raw.table_prefix != nullptr) check_prefix(out.table_prefix = raw.table_prefix);
    out.provides = list(raw.provides, "provided services");
    out.required = list(raw.requires_, "required services");
    out.optional = list(raw.optional, "optional services");
    out.route_prefixes = list(raw.route_prefixes, "route prefixes");
    std::for_each(out.route_prefixes.begin(), out.route_prefixes.end(), check_route_prefix);
    out.migrations = migrations(raw.migrations);
    if (!out.migrations.empty() && out.table_prefix.empty()) refuse("it has migrations but no table prefix");
    if (raw.create == nullptr || raw.destroy == nullptr) refuse("its descriptor lacks create or destroy");
    out.create = raw.create;
    out.destroy = raw.destroy;
    return out;
}

}  // namespace gatehouse::plugin
