#include "http/route_entry.h"

namespace gatehouse::http {

namespace {

thread_local RouteEntry::Call* innermost_call = nullptr;

}  // namespace

// Entering raises the count before it reads the mark, withdrawing sets the mark before it reads the count: whichever
// comes second sees the other.
RouteEntry::Call::Call(RouteEntry& entry) : entry_(entry), outer_(innermost_call) {
    entry_.running_.fetch_add(1);
    innermost_call = this;
    admitted_ = !entry_.withdrawn_.load();
}

RouteEntry::Call::~Call() {
    innermost_call = outer_;
    const bool last = entry_.running_.fetch_sub(1) == 1;
    if (!entry_.withdrawn_.load()) return;
    if (last && entry_.last_call_drops_.load()) entry_.route_.handler = nullptr;
    entry_.running_.notify_all();
}

bool RouteEntry::called_by_this_thread() const noexcept {
    for (const Call* call = innermost_call; call != nullptr; call = call->outer_)
        if (&call->entry_ == this) return true;
    return false;
}

void RouteEntry::withdraw() {
    const bool inside = called_by_this_thread();
    last_call_drops_.store(inside);
    withdrawn_.store(true);
    if (inside) return;
    for (auto count = running_.load(); count != 0; count = running_.load()) running_.wait(count);
    route_.handler = nullptr;
}

}  // namespace gatehouse::http
