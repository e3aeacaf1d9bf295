// A door in front of a callback: calls pass while it is open, and closing it waits until those inside have left.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace gatehouse::exec {

// Thread-safe. This is what makes a Registration's promise true: after close() no call is running, unless close() is
// called from inside such a call, which then may finish.
class CallGate {
public:
    class Pass {
    public:
        explicit Pass(CallGate& gate) : gate_(gate), inside_(gate.enter()) {}
        ~Pass() {
            if (inside_) gate_.leave();
        }
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;
        explicit operator bool() const noexcept { return inside_; }

    private:
        CallGate& gate_;
        bool inside_;
    };

    // Blocks until no other thread is inside. Returns true when the calling thread itself is inside.
    bool close();
    bool closed() const;

private:
    bool enter();
    void leave();

    mutable std::mutex mutex_;
    std::condition_variable left_;
    std::vector<std::thread::id> inside_;
    bool closed_ = false;
};

}  // namespace gatehouse::exec
