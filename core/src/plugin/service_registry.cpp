#include "plugin/service_registry.h"

namespace gatehouse::plugin {

Registration ServiceRegistry::provide(const std::string& name, std::shared_ptr<Service> service) {
    if (!service) throw Error(ErrorCode::kInvalidArgument, "service " + name + " is null");
    const std::lock_guard lock(state_->mutex);
    if (!state_->services.emplace(name, std::move(service)).second)
        throw Error(ErrorCode::kConflict, "service " + name + " is provided already");
    return Registration([state = state_, name] {
        std::shared_ptr<Service> last;  // its destructor is the plugin's code, so it runs outside the lock
        const std::lock_guard inner(state->mutex);
        if (const auto found = state->services.find(name); found != state->services.end()) {
            last = std::move(found->second);
            state->services.erase(found);
        }
    });
}

std::shared_ptr<Service> ServiceRegistry::find(const std::string& name) const {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->services.find(name);
    return found == state_->services.end() ? nullptr : found->second;
}

}  // namespace gatehouse::plugin
