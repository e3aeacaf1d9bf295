#include "exec/call_gate.h"

#include <algorithm>

namespace gatehouse::exec {

bool CallGate::enter() {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    inside_.push_back(std::this_thread::get_id());
    return true;
}

void CallGate::leave() {
    const std::lock_guard lock(mutex_);
    inside_.erase(std::find(inside_.begin(), inside_.end(), std::this_thread::get_id()));
    left_.notify_all();
}

bool CallGate::close() {
    const auto self = std::this_thread::get_id();
    std::unique_lock lock(mutex_);
    closed_ = true;
    left_.wait(lock, [&] { return std::all_of(inside_.begin(), inside_.end(), [&](auto id) { return id == self; }); });
    return !inside_.empty();
}

bool CallGate::closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
}

}  // namespace gatehouse::exec
