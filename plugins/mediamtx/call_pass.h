// What opens MediaMTX's API for the call that is under way, and for nothing after it.
//
// MediaMTX asks the auth hook about each call, and the hook is ours: so each call has a password of its own. Who sits
// on MediaMTX's port while it is away is told one that is worth nothing when MediaMTX is back; and since he cannot ask
// the hook, his answers are not taken for MediaMTX's.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace gatehouse::mediamtx {

// Thread-safe; one call at a time.
class CallPass {
public:
    // MediaMTX asks as soon as a call has arrived.
    static constexpr std::chrono::seconds kLife{2};

    // Issued on construction, taken back at the end. Throws Error(kInternal): no random numbers.
    class Call {
    public:
        explicit Call(std::shared_ptr<CallPass> pass);
        ~Call();
        Call(const Call&) = delete;
        Call& operator=(const Call&) = delete;

        const std::string& password() const noexcept { return password_; }
        // Whether the hook was asked, and let it in.
        bool was_taken() const { return pass_->taken(); }

    private:
        const std::shared_ptr<CallPass> pass_;
        const std::string password_;
    };

    // Once for each call, within kLife.
    bool take(std::string_view password);

private:
    void set(std::string password);
    bool taken() const;

    mutable std::mutex mutex_;
    std::string password_;  // empty: no call is under way, or it was taken
    bool taken_ = false;
    std::chrono::steady_clock::time_point issued_{};
};

}  // namespace gatehouse::mediamtx
