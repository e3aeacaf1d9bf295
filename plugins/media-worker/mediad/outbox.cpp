#include "outbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace gatehouse::mediad {

Outbox::Outbox() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Outbox::post(media_protocol::Message message, UniqueFd fd) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        if (letters_.size() >= kMaxLetters) {
            overflowed_ = true;
            return;
        }
        first = letters_.empty();
        letters_.push_back({std::move(message), std::move(fd)});
    }
    if (first) wake();
}

void Outbox::wake() const {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(event_.get(), &one, sizeof(one)));
}

std::vector<Outbox::Letter> Outbox::take() {
    std::uint64_t count = 0;
    static_cast<void>(!::read(event_.get(), &count, sizeof(count)));
    std::vector<Letter> taken;
    const std::lock_guard lock(mutex_);
    taken.swap(letters_);
    return taken;
}

bool Outbox::overflowed() const {
    const std::lock_guard lock(mutex_);
    return overflowed_;
}

}  // namespace gatehouse::mediad
