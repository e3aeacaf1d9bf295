#include "http/mailbox.h"

#include <utility>

namespace gatehouse::http {

namespace {

thread_local const Mailbox* mailbox_of_this_thread = nullptr;

}  // namespace

void Mailbox::put(std::shared_ptr<Exchange> exchange) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    waiting_.push_back(std::move(exchange));
    // Under the lock, so that close() knows that nobody touches the loop any more. Posting to a loop does not call
    // back.
    if (waiting_.size() == 1) wake_();
}

std::vector<std::shared_ptr<Exchange>> Mailbox::drain() {
    const std::lock_guard lock(mutex_);
    return std::exchange(waiting_, {});
}

void Mailbox::close() {
    std::vector<std::shared_ptr<Exchange>> dropped;
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(waiting_);
    wake_ = nullptr;
}

void Mailbox::claim_thread() noexcept { mailbox_of_this_thread = this; }

bool Mailbox::on_loop() const noexcept { return mailbox_of_this_thread == this; }

}  // namespace gatehouse::http
