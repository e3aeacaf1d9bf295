#include "plugin/registration_ledger.h"

#include <gatehouse/error.h>

namespace gatehouse::plugin {

Registration RegistrationLedger::keep(Registration made) {
    auto item = std::make_shared<Registration>(std::move(made));
    std::uint64_t id = 0;
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->revoked) throw Error(ErrorCode::kUnavailable, "the plugin is stopped; it can register nothing");
        id = state_->next++;
        state_->items.emplace(id, item);
    }
    return Registration([state = std::weak_ptr(state_), id] {
        std::shared_ptr<Registration> taken;
        if (const auto alive = state.lock()) {
            const std::lock_guard lock(alive->mutex);
            if (auto node = alive->items.extract(id)) taken = std::move(node.mapped());
        }
        // Withdrawn here, outside the lock: it waits for callbacks, which may register or withdraw themselves.
    });
}

void RegistrationLedger::revoke_all() noexcept {
    while (true) {
        std::shared_ptr<Registration> last;
        {
            const std::lock_guard lock(state_->mutex);
            state_->revoked = true;
            if (state_->items.empty()) return;
            last = std::move(state_->items.rbegin()->second);
            state_->items.erase(std::prev(state_->items.end()));
        }
    }
}

}  // namespace gatehouse::plugin
