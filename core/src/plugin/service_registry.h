// The services plugins offer each other: who may offer and who may ask follows from the descriptors.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <gatehouse/service.h>

#include "plugin/descriptor.h"

namespace gatehouse::plugin {

// Thread-safe.
class ServiceRegistry {
public:
    // Error(kConflict) where the name is taken.
    [[nodiscard]] Registration provide(const std::string& name, std::shared_ptr<Service> service);
    std::shared_ptr<Service> find(const std::string& name) const;

private:
    struct State {
        mutable std::mutex mutex;
        std::map<std::string, std::shared_ptr<Service>> services;
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace gatehouse::plugin
