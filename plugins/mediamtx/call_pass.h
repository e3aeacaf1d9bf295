// What opens MediaMTX's API for the call that is under way, and for nothing after it.
//
// MediaMTX asks the auth hook about each call, and the hook is ours: so each call has a password of its own. Who sits
// on MediaMTX's port while it is away is told one that is worth nothing when MediaMTX is back.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace gatehouse::mediamtx {

// Thread-safe; one call at a time.
class CallPass {
public:
    // Issued on construction, taken back at the end. Throws Error(kInternal): no random numbers.
    class Call {
    public:
        explicit Call(std::shared_ptr<CallPass> pass);
        ~Call();
        Call(const Call&) = delete;
        Call& operator=(const Call&) = delete;

        const std::string& password() const noexcept { return password_; }

    private:
        const std::shared_ptr<CallPass> pass_;
        const std::string password_;
    };

    bool opens(std::string_view password) const;

private:
    void set(std::string password);

    mutable std::mutex mutex_;
    std::string password_;  // empty: no call is under way
};

}  // namespace gatehouse::mediamtx
