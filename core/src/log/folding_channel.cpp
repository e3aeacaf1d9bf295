#include "log/folding_channel.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "log/fields.h"

namespace gatehouse::log {

namespace {
constexpr std::chrono::seconds kCountDue{10};
}

FoldingChannel::FoldingChannel(Poco::AutoPtr<Poco::Channel> next, const Clock& clock)
    : next_(std::move(next)), clock_(clock) {}

bool FoldingChannel::is_repeat(const Poco::Message& message) const {
    return last_ && last_->getText() == message.getText() && last_->getPriority() == message.getPriority() &&
           last_->getSource() == message.getSource() &&
           std::all_of(kFields.begin(), kFields.end(),
                       [&](const char* field) { return last_->get(field, "") == message.get(field, ""); });
}

std::optional<Poco::Message> FoldingChannel::take_count() {
    if (repeats_ == 0) return std::nullopt;
    Poco::Message count(*last_);
    count.setTime(Poco::Timestamp());
    count.setText("last message repeated " + std::to_string(repeats_) + (repeats_ == 1 ? " time" : " times"));
    repeats_ = 0;
    return count;
}

void FoldingChannel::log(const Poco::Message& message) {
    std::optional<Poco::Message> count;
    bool pass = true;
    {
        const std::lock_guard lock(mutex_);
        if (is_repeat(message)) {
            if (repeats_++ == 0) counted_since_ = clock_.monotonic_now();
            pass = false;
            if (clock_.monotonic_now() - counted_since_ >= kCountDue) count = take_count();
        } else {
            count = take_count();
            last_ = message;
        }
    }
    if (count) next_->log(*count);
    if (pass) next_->log(message);
}

void FoldingChannel::tick() {
    std::optional<Poco::Message> count;
    {
        const std::lock_guard lock(mutex_);
        if (repeats_ != 0 && clock_.monotonic_now() - counted_since_ >= kCountDue) count = take_count();
    }
    if (count) next_->log(*count);
}

void FoldingChannel::flush() {
    std::optional<Poco::Message> count;
    {
        const std::lock_guard lock(mutex_);
        count = take_count();
    }
    if (count) next_->log(*count);
}

}  // namespace gatehouse::log
