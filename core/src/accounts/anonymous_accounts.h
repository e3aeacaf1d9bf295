// The people of a gateway without accounts: anonymous callers, and the administrator at the unix socket.
#pragma once

#include <gatehouse/accounts.h>

namespace gatehouse::accounts {

// Thread-safe, non-blocking. An anonymous caller sees enabled cameras that are public; the administrator sees all.
class AnonymousAccounts final : public Accounts {
public:
    bool may_view(const Caller& caller, const Camera& camera) const override {
        return caller.is_admin() || (camera.enabled && camera.visibility == Visibility::kPublic);
    }
    bool sees_public_view(const Caller& caller) const override { return !caller.is_admin(); }
};

}  // namespace gatehouse::accounts
