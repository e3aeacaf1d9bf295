// Who is asking. Until accounts exist there are anonymous callers and the administrator at the unix socket.
#pragma once

#include <string>

#include <gatehouse/catalogue.h>

namespace gatehouse {

struct Caller {
    enum class Kind { kAnonymous, kAdminSocket };
    Kind kind = Kind::kAnonymous;
    std::string name;  // for logs and audit: "uid 0 (root)"; empty for anonymous

    bool is_admin() const noexcept { return kind == Kind::kAdminSocket; }
};

// Thread-safe, non-blocking.
class Accounts {
public:
    virtual ~Accounts() = default;
    // Whether the caller may know of the camera and see its picture: enabled cameras whose visibility admits the
    // caller; administrators see all.
    virtual bool may_view(const Caller& caller, const Camera& camera) const = 0;
    // True where the answer equals what an anonymous caller gets, so that it may be shared in the response cache.
    virtual bool sees_public_view(const Caller& caller) const = 0;
};

}  // namespace gatehouse
