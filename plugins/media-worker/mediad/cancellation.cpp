#include "cancellation.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace gatehouse::mediad {

Cancellation::Cancellation() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Cancellation::cancel() {
    const std::lock_guard lock(mutex_);
    if (std::exchange(cancelled_, true)) return;
    const std::uint64_t one = 1;
    static_cast<void>(!::write(event_.get(), &one, sizeof(one)));
    if (interrupt_) interrupt_();
}

bool Cancellation::cancelled() const {
    const std::lock_guard lock(mutex_);
    return cancelled_;
}

void Cancellation::on_cancel(std::function<void()> interrupt) {
    const std::lock_guard lock(mutex_);
    interrupt_ = std::move(interrupt);
    if (cancelled_ && interrupt_) interrupt_();
}

}  // namespace gatehouse::mediad
