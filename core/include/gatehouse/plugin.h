// The plugin contract: one exported C symbol that gives a descriptor of plain data, and the class Plugin behind it.
//
// Build a plugin with gatehouse_add_plugin() and end one source file with
//
//   GATEHOUSE_PLUGIN(MyPlugin, .name = "my-plugin", .version = "1.0.0", .summary = "What it does in one line")
//
// Life cycle, each call from one host thread, never two at a time, each with a deadline:
//   configure(node, issues)  pure; nothing is alive but the configuration
//   start(context)           everything in Context is alive, services of `requires` are started
//   ready()                  all plugins are started, the HTTP doors are about to open
//   quiesce()                doors are closed to new requests; finish what is under way
//   stop()                   in reverse order of start; after it the host revokes what is left and waits for
//                            queued writes
// health() may be called at any time between start() and stop(), on any thread, and must be cheap.
#pragma once

#include <cstdint>
#include <string>

#include <gatehouse/config.h>
#include <gatehouse/context.h>

// Major changes break plugins, minor ones add; a plugin runs on a host of the same major and an equal or newer minor.
#define GATEHOUSE_ABI_MAJOR 1
#define GATEHOUSE_ABI_MINOR 3

#define GATEHOUSE_STRINGIFY_(x) #x
#define GATEHOUSE_STRINGIFY(x) GATEHOUSE_STRINGIFY_(x)
#if defined(__clang__)
#define GATEHOUSE_COMPILER_FAMILY "clang"
#elif defined(__GNUC__)
#define GATEHOUSE_COMPILER_FAMILY "gcc"
#endif
// Compiler family, C++ library ABI and SDK major: C++ types may cross the boundary only where all three agree. Clang
// and GCC agree with each other on Linux (Itanium C++ ABI), so the family is information, not a wall.
#define GATEHOUSE_ABI_SIGNATURE                                                                            \
    "itanium;libstdc++-cxx11abi-" GATEHOUSE_STRINGIFY(_GLIBCXX_USE_CXX11_ABI) ";sdk-" GATEHOUSE_STRINGIFY( \
        GATEHOUSE_ABI_MAJOR)

namespace gatehouse {

struct PluginHealth {
    enum class Status { kOk, kDegraded, kFailed };
    Status status = Status::kOk;
    std::string summary;  // plain words, one line
    std::string details;  // a JSON object, or empty
};

// How a reload reaches a running plugin.
enum class ReloadResult { kApplied, kNeedsRestart };

class Plugin {
public:
    virtual ~Plugin() = default;
    // Reads its own section of the YAML; problems go to `issues`. Also called on reload, on a fresh instance that is
    // thrown away when anything is wrong.
    virtual void configure(const ConfigNode& node, ConfigIssues& issues) = 0;
    virtual void start(Context& context) = 0;
    virtual void ready() {}
    virtual void quiesce() {}
    virtual void stop() = 0;
    virtual PluginHealth health() const { return {}; }
    // A validated new configuration. kNeedsRestart asks for stop() and a fresh start() of this plugin and those that
    // require it.
    virtual ReloadResult reload(const ConfigNode& node) {
        (void)node;
        return ReloadResult::kNeedsRestart;
    }
};

// One step of a plugin's schema. Numbers rise from 1 without holes; SQL may create and alter tables, indexes, triggers
// and views with the plugin's prefix only.
struct PluginMigration {
    std::int32_t number;
    const char* sql;
};

// Plain data. Pointers are to static storage of the plugin; lists end with nullptr. `struct_size` lets later minors add
// fields at the end, where `reserved` is.
struct PluginDescriptor {
    std::uint32_t struct_size;
    std::uint16_t abi_major;
    std::uint16_t abi_minor;
    const char* abi_signature;
    const char* name;  // [a-z][a-z0-9-]*, equal to the file's name without .so
    const char* version;
    const char* summary;
    const char* table_prefix;           // "hls_"; nullptr: no tables
    const char* const* provides;        // service names
    const char* const* requires_;       // must be there
    const char* const* optional;        // used when there
    const char* const* route_prefixes;  // routes it may register lie under these, e.g. "/hls/"
    const PluginMigration* migrations;  // ends with {0, nullptr}; nullptr: none
    Plugin* (*create)();                // may throw
    void (*destroy)(Plugin*);
    void* reserved[8];
};

// What GATEHOUSE_PLUGIN fills in; every field but name, version and summary may be left out.
struct PluginInfo {
    const char* name;
    const char* version;
    const char* summary;
    const char* table_prefix = nullptr;
    const char* const* provides = nullptr;
    const char* const* requires_ = nullptr;
    const char* const* optional = nullptr;
    const char* const* route_prefixes = nullptr;
    const PluginMigration* migrations = nullptr;
};

constexpr PluginDescriptor make_descriptor(const PluginInfo& info, Plugin* (*create)(), void (*destroy)(Plugin*)) {
    return {sizeof(PluginDescriptor),
            GATEHOUSE_ABI_MAJOR,
            GATEHOUSE_ABI_MINOR,
            GATEHOUSE_ABI_SIGNATURE,
            info.name,
            info.version,
            info.summary,
            info.table_prefix,
            info.provides,
            info.requires_,
            info.optional,
            info.route_prefixes,
            info.migrations,
            create,
            destroy,
            {}};
}

inline constexpr const char* kDescriptorSymbol = "gatehouse_plugin_descriptor";
using DescriptorFunction = const PluginDescriptor* (*)();

}  // namespace gatehouse

#define GATEHOUSE_PLUGIN(Type, ...)                                                                   \
    extern "C" __attribute__((visibility("default"))) const ::gatehouse::PluginDescriptor*            \
    gatehouse_plugin_descriptor() {                                                                   \
        static constexpr ::gatehouse::PluginInfo info{__VA_ARGS__};                                   \
        static constexpr ::gatehouse::PluginDescriptor descriptor = ::gatehouse::make_descriptor(     \
            info, []() -> ::gatehouse::Plugin* { return std::make_unique<Type>().release(); },        \
            [](::gatehouse::Plugin* plugin) { std::unique_ptr<::gatehouse::Plugin> owned(plugin); }); \
        return &descriptor;                                                                           \
    }
