// A plugin loaded from its .so as the host does, for component tests.
#pragma once

#include <gatehouse/plugin.h>

#include <Poco/SharedLibrary.h>

#include <memory>
#include <string>

namespace gatehouse::testing {

class LoadedPlugin {
public:
    // Throws Poco::LibraryLoadException or Poco::NotFoundException.
    explicit LoadedPlugin(const std::string& path) : library_(path, Poco::SharedLibrary::SHLIB_LOCAL) {
        void* symbol = library_.getSymbol(kDescriptorSymbol);
        descriptor_ = reinterpret_cast<DescriptorFunction>(symbol)();
        plugin_ = {descriptor_->create(), descriptor_->destroy};
    }
    Plugin& operator*() const { return *plugin_; }
    Plugin* operator->() const { return plugin_.get(); }
    const PluginDescriptor& descriptor() const { return *descriptor_; }

private:
    Poco::SharedLibrary library_;
    const PluginDescriptor* descriptor_ = nullptr;
    std::unique_ptr<Plugin, void (*)(Plugin*)> plugin_{nullptr, nullptr};
};

}  // namespace gatehouse::testing
