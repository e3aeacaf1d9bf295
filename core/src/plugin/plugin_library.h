// A loaded .so and its checked descriptor.
#pragma once

#include <Poco/SharedLibrary.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "plugin/descriptor.h"

namespace gatehouse::plugin {

// Immutable after construction. The library stays mapped when this goes, unless unload() is called: code of a plugin
// may still be named by a value somewhere.
class PluginLibrary {
public:
    // Checks directory, file and ELF header, loads <directory>/<name>.so with local symbols and reads its descriptor.
    // Error(kInvalidArgument | kNotFound) with the reason. Runs the plugin's static constructors. Blocking.
    PluginLibrary(const std::string& directory, const std::string& name);

    const Descriptor& descriptor() const noexcept { return descriptor_; }
    const std::string& path() const noexcept { return path_; }
    // False once another file lies at path(): code that is mapped is never replaced.
    bool is_what_lies_there() const;
    // Addresses its code is mapped at: [first, second).
    std::pair<std::uintptr_t, std::uintptr_t> addresses() const noexcept { return addresses_; }
    // Only where nothing of the plugin is alive any more (tests under sanitizers).
    void unload();

private:
    std::string path_, identity_;
    std::unique_ptr<Poco::SharedLibrary> library_;
    Descriptor descriptor_;
    std::pair<std::uintptr_t, std::uintptr_t> addresses_;
};

}  // namespace gatehouse::plugin
