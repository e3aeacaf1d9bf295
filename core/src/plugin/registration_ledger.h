// All registrations of one life of a plugin, so that the host can revoke what the plugin left behind.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <gatehouse/registration.h>

namespace gatehouse::plugin {

// Thread-safe. Handles given out may outlive it.
class RegistrationLedger {
public:
    // Keeps `made`, gives the plugin a handle that withdraws it. After revoke_all() nothing is taken any more: `made`
    // is withdrawn at once and Error(kUnavailable) thrown.
    [[nodiscard]] Registration keep(Registration made);
    // Withdraws everything, latest first; waits for callbacks that are running. Blocks.
    void revoke_all() noexcept;

private:
    struct State {
        std::mutex mutex;
        bool revoked = false;
        std::uint64_t next = 0;
        std::map<std::uint64_t, std::shared_ptr<Registration>> items;
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace gatehouse::plugin
